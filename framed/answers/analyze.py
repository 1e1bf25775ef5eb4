"""A photo's labels of one bank, those that are sure enough, each with its emoji."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from framed.answers.classify import Classify
from framed.answers.model import ServedModel
from framed.errors import Code, FramedError
from framed.photo import PhotoBytes
from framed.questions import ClassifyQuestion, RankQuestion, Threshold
from framed.results import Classification

_WAIT = 60  # seconds, where nothing but an operator brings the bank


class EmojiPort(Protocol):
    """Labels to emoji; a label that has none is absent or None. It never fails a request."""

    async def of(self, labels: Sequence[str]) -> Mapping[str, str | None]: ...


class Analyze:
    """Answers `/analyze`."""

    def __init__(
        self,
        classify: Classify,
        model: ServedModel,
        emoji: EmojiPort,
        *,
        bank: str,
        threshold: float,
        most: int,
    ) -> None:
        """At most `most` labels of `bank` are answered, none with a share below `threshold`."""
        self._classify = classify
        self._model = model
        self._emoji = emoji
        self._threshold = threshold
        self._bank = bank
        self._rank = RankQuestion(top_k=most, most=most, bank=bank)

    async def answer(
        self,
        photo: PhotoBytes,
        model: str | None = None,
        *,
        match: bool = False,
        match_threshold: Threshold | None = None,
    ) -> tuple[Classification, Mapping[str, str | None]]:
        """The labels that are sure enough, best first (perhaps none), and the emoji of labels;
        with `match` also that of each, and of them those that have `match_threshold`.

        Raises `not_ready` with the bank's name in `details` where it is the bank that is missing.
        """
        rank = replace(self._rank, match=match, match_threshold=match_threshold)
        found = self._sure(await self._ranked(photo, ClassifyQuestion(rank, model=model)))
        return found, await self._emoji.of([each.label for each in found.ranking.results])

    async def _ranked(self, photo: PhotoBytes, question: ClassifyQuestion) -> Classification:
        try:
            return await self._classify.answer(photo, question)
        except FramedError as refusal:
            awaited = await self._awaits_bank(refusal, question.model)
            if refusal.code is Code.UNKNOWN_BANK or awaited:
                raise self._no_labels(refusal) from None
            raise

    async def _awaits_bank(self, refusal: FramedError, model: str | None) -> bool:
        """Whether the model is there, and only the bank is not; raises what the model says."""
        if refusal.code is not Code.NOT_READY:
            return False
        facts = await self._model.facts(model, fresh=True)
        return self._bank not in {bank.name for bank in facts.banks}

    def _no_labels(self, refusal: FramedError) -> FramedError:
        return FramedError(
            Code.NOT_READY,
            f"The label bank {self._bank!r} is not there to analyze with: it is still loading, or "
            "FRAMED_ANALYZE_BANK names none that can be read; the log says which.",
            details={"bank": self._bank},
            retry_after=refusal.retry_after or _WAIT,
        )

    def _sure(self, found: Classification) -> Classification:
        sure = tuple(each for each in found.ranking.results if each.prob >= self._threshold)
        return replace(found, ranking=replace(found.ranking, results=sure))
