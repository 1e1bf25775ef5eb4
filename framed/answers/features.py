"""Both runners about one photo, from one decode, or what was answered about it before."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable
from dataclasses import replace

from framed.answers.classify import classification, ranker
from framed.answers.kept import KeptFeatures
from framed.answers.looking import Look, Looker, milliseconds_since
from framed.answers.model import ServedModel, choose_size
from framed.answers.ports import ClipPort, TechnicalPort
from framed.answers.terms import Terms
from framed.errors import FramedError
from framed.imaging.prepare import Prepared
from framed.photo import PhotoBytes
from framed.questions import FeaturesQuestion
from framed.results import (
    CLIP_IQA,
    NOT_A_PHOTO,
    Classification,
    Features,
    Measurements,
    TechnicalFacts,
)
from framed.telemetry.metrics import CACHE_HITS, CACHE_MISSES

logger = logging.getLogger("framed.answers")

MIN_LONG_SIDE = 1024  # the metrics' views are at most this large
MODEL_UNAVAILABLE = "model_unavailable"
_SERVER_SIDE = 500  # the status from which a refusal is no fault of the caller


class FeaturesOfPhoto:
    """Answers the items of `/features`.

    `kept` remembers answers; `fallback` are the labels to answer where the model fails, none: it is
    an error then.
    """

    def __init__(
        self,
        clip: ClipPort,
        technical: TechnicalPort,
        model: ServedModel,
        looker: Looker,
        *,
        kept: KeptFeatures | None = None,
        fallback: tuple[str, ...] = (),
    ) -> None:
        self._clip = clip
        self._technical = technical
        self._model = model
        self._looker = looker
        self._kept = kept
        self._fallback = fallback
        self._last_technical: TechnicalFacts | None = None

    async def begin(self, question: FeaturesQuestion) -> Terms:
        """What holds for all photos of one request: the runners as they are now.

        Raises what keeps the model from answering, unless there are fallback labels.
        """
        technical = await self._technical_facts()
        try:
            facts = await self._model.facts(question.model, fresh=True)
        except FramedError as refusal:
            if not self._may_fall_back(refusal):
                raise
            return Terms(question, None, technical, refusal=refusal)
        size, adjusted = choose_size(facts, question.size)
        return Terms(question, facts, technical, size=size, adjusted=adjusted)

    async def answer(self, photo: PhotoBytes, photo_id: str | None, terms: Terms) -> Features:
        """Labels and metrics; metrics that are not to be had are None with a reason.

        `photo_id` names the photo in the cache; None: its content does.
        """
        if self._kept is None or terms.clip is None:
            return await self._look(photo, terms)
        start = time.perf_counter()
        place = await asyncio.to_thread(self._kept.place, photo.data, photo_id, terms)
        found = place.found
        if found and terms.question.groups and found.likeness is None:
            found = None  # kept when nobody asked for groups
        (CACHE_HITS if found else CACHE_MISSES).inc()
        if found:
            return found.again({"cache": milliseconds_since(start)})
        features = await self._look(photo, terms)
        await asyncio.to_thread(self._kept.keep, place, features, terms)
        return features

    async def _look(self, photo: PhotoBytes, terms: Terms) -> Features:
        question = terms.question
        look = Look(
            terms.size,
            question.decode,
            terms.planes,
            MIN_LONG_SIDE,
            question.crops,
            likeness=question.groups,
        )
        start = time.perf_counter()
        prepared = await self._looker.prepare(photo, terms.clip, look)
        stages = {"decode": milliseconds_since(start)}
        (about, fallen), measured = await asyncio.gather(
            self._classify(photo, prepared, look, terms),
            _timed(stages, "technical", self._measure(prepared, terms)),
        )
        if about is not None:
            stages["clip"] = about.inference_ms
        else:
            measured = measured.without(CLIP_IQA, MODEL_UNAVAILABLE)
        if about is not None and measured.drawn:
            about = replace(about, ranking=about.ranking.without_clip_iqa())
            measured = measured.without(CLIP_IQA, NOT_A_PHOTO)
        return Features(
            about,
            measured,
            prepared.facts,
            stages,
            fallback=fallen,
            likeness=prepared.views.likeness,
        )

    async def _classify(
        self, photo: PhotoBytes, prepared: Prepared, look: Look, terms: Terms
    ) -> tuple[Classification | None, tuple[str, ...]]:
        """The model's answer, or the fallback labels."""
        if terms.clip is None or look.size is None:
            return None, self._fallback
        ask = ranker(self._clip, terms.question.rank, terms.clip, look.crops)
        try:
            seen = await self._looker.show(photo, terms.clip, look, prepared.views, ask)
        except FramedError as refusal:
            if not self._may_fall_back(refusal):
                raise
            logger.warning("fallback labels for a photo: %s", refusal.message)
            return None, self._fallback
        return classification(terms.clip, prepared, seen, terms.adjusted, look.crops), ()

    def _may_fall_back(self, refusal: FramedError) -> bool:
        return bool(self._fallback) and refusal.status >= _SERVER_SIDE

    async def _measure(self, prepared: Prepared, terms: Terms) -> Measurements:
        try:
            return await self._technical.measure(prepared.views.planes)
        except FramedError as refusal:
            logger.warning("no technical metrics for a photo: %s", refusal.message)
            return terms.unmeasured(refusal.code.value)

    async def _technical_facts(self) -> TechnicalFacts | None:
        try:
            self._last_technical = await self._technical.describe()
        except FramedError as refusal:
            logger.warning("the metrics do not answer: %s", refusal.message)
        return self._last_technical


async def _timed(
    stages: dict[str, float], name: str, answer: Awaitable[Measurements]
) -> Measurements:
    start = time.perf_counter()
    measured = await answer
    stages[name] = milliseconds_since(start)
    return measured
