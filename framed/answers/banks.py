"""What the label banks hold, and reading them again."""

from __future__ import annotations

from framed.answers.model import ServedModel
from framed.answers.ports import ClipPort
from framed.results import BankFacts, ReloadReport


class Banks:
    """Answers `/labels` and `/reload`."""

    def __init__(self, clip: ClipPort, model: ServedModel) -> None:
        self._clip = clip
        self._model = model

    async def labels(self, bank: str | None) -> tuple[BankFacts, tuple[str, ...]]:
        """One bank (None: the default one) and the names of all."""
        await self._model.facts()
        facts = await self._clip.describe()
        return await self._clip.bank(bank), tuple(each.name for each in facts.banks)

    async def reload(self, bank: str | None) -> tuple[ReloadReport, ...]:
        """Read one bank's files (None: all banks') again and swap them in."""
        return await self._clip.reload(bank)
