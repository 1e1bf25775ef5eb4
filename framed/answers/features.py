"""Both runners about one photo, from one decode."""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial

from framed.answers.classify import classification
from framed.answers.looking import Look, Looker
from framed.answers.model import ServedModel, choose_size
from framed.answers.ports import ClipPort, TechnicalPort
from framed.errors import FramedError
from framed.photo import PhotoBytes, Pixels
from framed.questions import FeaturesQuestion
from framed.results import Features, Measurements

logger = logging.getLogger("framed.answers")

MIN_LONG_SIDE = 1024  # the metrics' views are at most this large


class FeaturesOfPhoto:
    """Answers one item of `/features`."""

    def __init__(
        self, clip: ClipPort, technical: TechnicalPort, model: ServedModel, looker: Looker
    ) -> None:
        self._clip = clip
        self._technical = technical
        self._model = model
        self._looker = looker

    async def answer(self, photo: PhotoBytes, question: FeaturesQuestion) -> Features:
        """Labels and metrics; metrics that are not to be had are None with a reason."""
        facts = await self._model.facts(question.model)
        size, adjusted = choose_size(facts, question.size)
        look = Look(size, question.decode, grey_preview=True, min_long_side=MIN_LONG_SIDE)
        start = time.perf_counter()
        prepared = await self._looker.prepare(photo, facts, look)
        decoded = time.perf_counter()
        views = prepared.views
        assert views.grey_preview is not None  # asked for in `look`
        ask = partial(self._clip.rank, question=question.rank)
        seen, (measured, technical_ms) = await asyncio.gather(
            self._looker.show(photo, facts, look, views.squares[size], ask),
            self._measure(views.grey_preview),
        )
        stages = {
            "decode": (decoded - start) * 1000,
            "clip": seen.milliseconds,
            "technical": technical_ms,
        }
        return Features(classification(facts, prepared, seen, adjusted), measured, stages)

    async def _measure(self, grey: Pixels) -> tuple[Measurements, float]:
        start = time.perf_counter()
        try:
            measured = await self._technical.measure(grey)
        except FramedError as refusal:
            logger.warning("no technical metrics for a photo: %s", refusal.message)
            measured = Measurements(values={}, warnings={"technical": refusal.code.value})
        return measured, (time.perf_counter() - start) * 1000
