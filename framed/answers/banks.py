"""What the label banks hold, and reading them again."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from framed.answers.model import ServedModel
from framed.answers.ports import ClipPort
from framed.errors import FramedError
from framed.questions import ClassifyQuestion, FeaturesQuestion
from framed.reload_report import ReloadReport
from framed.results import BankFacts
from framed.wires.languages import names_in

Question = TypeVar("Question", ClassifyQuestion, FeaturesQuestion)


class Banks:
    """Answers `/labels` and `/reload`."""

    def __init__(self, clip: ClipPort, model: ServedModel) -> None:
        self._clip = clip
        self._model = model

    async def labels(
        self, bank: str | None, model: str | None = None
    ) -> tuple[BankFacts, tuple[str, ...]]:
        """One bank of a model (None: the default one of either) and the names of all."""
        facts = await self._model.facts(model, fresh=True)
        return await self._clip.bank(bank, model), tuple(each.name for each in facts.banks)

    async def bank(self, name: str | None, model: str | None = None) -> BankFacts:
        """One bank of a model alone; raises `unknown_bank`."""
        return await self._clip.bank(name, model)

    async def named(self, question: Question) -> Question:
        """The question with the names of its bank's labels in its language, where it has one.

        Raises `invalid_parameter` for a language that the bank has no names in. A bank that cannot
        be had says so to whatever asks for it next.
        """
        if question.language is None:
            return question
        try:
            bank = await self._clip.bank(question.rank.bank, question.model)
        except FramedError:
            return question
        return replace(question, names=names_in(bank, question.language))

    async def reload(self, bank: str | None, model: str | None = None) -> tuple[ReloadReport, ...]:
        """Read one bank's files (None: all banks') again and swap them in, for one loaded model
        or for all of them."""
        return await self._clip.reload(bank, model)
