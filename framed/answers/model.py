"""Which model answers, at which size: what a request asks against what is served."""

from __future__ import annotations

from difflib import get_close_matches

from framed.answers.ports import ClipPort
from framed.errors import Code, FramedError
from framed.results import Adjustment, ClipFacts


class ServedModel:
    """The served model's facts, fetched once it is ready and kept: they change with a restart."""

    def __init__(self, clip: ClipPort) -> None:
        self._clip = clip
        self._facts: ClipFacts | None = None

    async def facts(self, asked: str | None = None, *, fresh: bool = False) -> ClipFacts:
        """The facts of the model `asked` for (None: the served one); `fresh`: its banks are as now.

        Raises `not_ready` while it loads, `unknown_model` for a model that is not served.
        """
        facts = None if fresh else self._facts
        facts = facts or await self._clip.describe()
        if refusal := facts.refusal():
            raise refusal
        if facts.state == "ready":
            self._facts = facts
        if asked is not None:
            _check_name(asked, facts)
        return facts


def choose_size(facts: ClipFacts, asked: int | None) -> tuple[int, tuple[Adjustment, ...]]:
    """The square side to use: what was asked where the model can, else its own, and says so."""
    if asked is None or asked in facts.sizes:
        return asked or facts.default_size, ()
    return facts.default_size, (Adjustment("size", asked, facts.default_size),)


def _check_name(asked: str, facts: ClipFacts) -> None:
    names = (facts.model, facts.model_id, *facts.aliases)
    if asked in names:
        return
    near = get_close_matches(asked, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"this server serves {facts.model!r}."
    raise FramedError(Code.UNKNOWN_MODEL, f"There is no model {asked[:80]!r} here; {hint}")
