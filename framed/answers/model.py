"""Which model answers, at which size: what a request asks against what is served."""

from __future__ import annotations

from framed.answers.ports import ClipPort
from framed.results import Adjustment, ClipFacts


class ServedModel:
    """The served models' facts, fetched once each is ready and kept: they change with a restart."""

    def __init__(self, clip: ClipPort) -> None:
        self._clip = clip
        self._facts: dict[str | None, ClipFacts] = {}

    async def facts(self, asked: str | None = None, *, fresh: bool = False) -> ClipFacts:
        """The facts of the model `asked` for (None: the default one); `fresh`: its banks as now.

        Raises `not_ready` while it loads, `unknown_model` for a model that is not served.
        """
        key = asked.casefold() if asked else None  # else spellings of one name would pile up
        facts = None if fresh else self._facts.get(key)
        facts = facts or await self._clip.describe(asked)
        if refusal := facts.refusal():
            raise refusal
        if facts.state == "ready":
            self._facts[key] = facts
        return facts


def choose_size(facts: ClipFacts, asked: int | None) -> tuple[int, tuple[Adjustment, ...]]:
    """The square side to use: what was asked where the model can, else its own, and says so."""
    if asked is None or asked in facts.sizes:
        return asked or facts.default_size, ()
    return facts.default_size, (Adjustment("size", asked, facts.default_size),)
