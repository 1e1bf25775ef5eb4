"""Photo and words to ranked labels."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace

from framed.answers.looking import Ask, Look, Looker, Seen
from framed.answers.model import ServedModel, choose_size
from framed.answers.ports import ClipPort
from framed.answers.seeing import see
from framed.caller import current_caller
from framed.imaging.prepare import Prepared
from framed.photo import CropMode, PhotoBytes, Pixels, Tones
from framed.questions import ClassifyQuestion, RankQuestion
from framed.results import Adjustment, Classification, ClipFacts, Ranking
from framed.turns.turns import Turns


class Classify:
    """Answers `/classify`."""

    def __init__(self, clip: ClipPort, model: ServedModel, looker: Looker, turns: Turns) -> None:
        self._clip = clip
        self._model = model
        self._looker = looker
        self._turns = turns

    async def answer(self, photo: PhotoBytes, question: ClassifyQuestion) -> Classification:
        """Rank the question's labels against one photo."""
        await current_caller.get().charge(photos=1)
        facts = await self._model.facts(question.model)
        size, adjusted = choose_size(facts, question.size)
        look = Look(size, question.decode, crops=question.crops)
        ask = ranker(self._clip, question.rank, facts, question.crops)
        own = question.rank.labels is not None
        prepared, seen = await see(
            self._looker, self._turns, "single", photo, facts, look, ask, with_words=own
        )
        return classification(facts, prepared, seen, adjusted, question.crops)


def ranker(
    clip: ClipPort, question: RankQuestion, facts: ClipFacts, crops: CropMode
) -> Ask[Ranking]:
    """What asks the model of `facts` about a photo's square, or its regions' squares."""
    rank = clip.rank if crops == "none" else clip.rank_regions

    def ask(square: Pixels, tones: Tones | None) -> Awaitable[Ranking]:
        return rank(square, question=replace(question, tones=tones), model=facts.model)

    return ask


def classification(
    facts: ClipFacts,
    prepared: Prepared,
    seen: Seen[Ranking],
    adjusted: tuple[Adjustment, ...],
    crops: CropMode,
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
        crops=crops,
        regions=seen.regions,
    )
