"""Photo and words to ranked labels."""

from __future__ import annotations

from functools import partial

from framed.answers.looking import Look, Looker, Seen
from framed.answers.model import ServedModel, choose_size
from framed.answers.ports import ClipPort
from framed.imaging.prepare import Prepared
from framed.photo import PhotoBytes
from framed.questions import ClassifyQuestion
from framed.results import Adjustment, Classification, ClipFacts, Ranking


class Classify:
    """Answers `/classify`."""

    def __init__(self, clip: ClipPort, model: ServedModel, looker: Looker) -> None:
        self._clip = clip
        self._model = model
        self._looker = looker

    async def answer(self, photo: PhotoBytes, question: ClassifyQuestion) -> Classification:
        """Rank the question's labels against one photo."""
        facts = await self._model.facts(question.model)
        size, adjusted = choose_size(facts, question.size)
        look = Look(size, question.decode)
        prepared = await self._looker.prepare(photo, facts, look)
        ask = partial(self._clip.rank, question=question.rank)
        seen = await self._looker.show(photo, facts, look, prepared.views.squares[size], ask)
        return classification(facts, prepared, seen, adjusted)


def classification(
    facts: ClipFacts, prepared: Prepared, seen: Seen[Ranking], adjusted: tuple[Adjustment, ...]
) -> Classification:
    """A ranking with the circumstances it was made in."""
    return Classification(
        ranking=seen.answer,
        model=facts.model_id,
        device=facts.device,
        size=seen.size,
        photo=prepared.facts,
        adjusted=(*adjusted, *seen.answer.adjusted),
        oom_fallback=seen.oom_fallback,
        inference_ms=seen.milliseconds,
    )
