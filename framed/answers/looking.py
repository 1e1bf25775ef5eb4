"""Bytes to views and views to the model, with the step down when memory is short."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from math import ceil
from typing import Generic, TypeVar

from framed.caller import current_caller
from framed.errors import Code, FramedError
from framed.imaging.header import read_header
from framed.imaging.pool import DecodePool
from framed.imaging.prepare import Prepared
from framed.imaging.regions import smallest_share
from framed.photo import (
    FULL_CROP,
    CropMode,
    DecodeMode,
    DecodeSpec,
    PhotoBytes,
    Pixels,
    PlaneName,
    Region,
    Tones,
    Views,
    ViewSpec,
)
from framed.results import ClipFacts
from framed.telemetry.metrics import OOM_FALLBACKS
from framed.telemetry.stages import stage

logger = logging.getLogger("framed.answers")

Answer = TypeVar("Answer")
Ask = Callable[[Pixels, Tones | None], Awaitable[Answer]]  # about a photo's square, or squares

OVERSAMPLE = 3  # shrink on load keeps 3 x the square's side: centred cosine .99985 to no shrink
SMALL_SIZE = 224
COMPARED_SIDE = 2048  # px; whether a photo was enlarged shows in its own pixels alone


@dataclass(frozen=True)
class Look:
    """What a photo is looked at for: a square side (None: by no model), the metrics' planes,
    whether the model looks at crops of it too, and whether it will be compared by its likeness."""

    size: int | None
    decode: DecodeMode = "fast"
    planes: tuple[PlaneName, ...] = ()
    min_long_side: int = 0
    crops: CropMode = "none"
    likeness: bool = False


@dataclass(frozen=True)
class Seen(Generic[Answer]):
    """What the model answered, from squares of which side and of which regions, in how many
    milliseconds."""

    answer: Answer
    size: int
    oom_fallback: bool
    milliseconds: float
    regions: tuple[Region, ...] = ()


class Looker:
    """Decodes photos in the pool and cuts the views that the served model looks at."""

    def __init__(self, pool: DecodePool, max_megapixels: int) -> None:
        self._pool = pool
        self._max_pixels = max_megapixels * 1_000_000

    def warm(self) -> None:
        """Loads what decoding needs, in the background; the first photo would wait for it."""
        self._pool.warm()

    def fault(self) -> str | None:
        """Why no photo can be looked at now; None where all is well."""
        return self._pool.fault()

    def stuck(self) -> str | None:
        """Why this process will never look at a photo again; None where that is not so."""
        return self._pool.stuck()

    def close(self) -> None:
        """Ends the threads and processes that decode; what still runs is not waited for."""
        self._pool.close()

    async def prepare(self, photo: PhotoBytes, facts: ClipFacts | None, look: Look) -> Prepared:
        """Decode once and make the views that `look` asks for; its caller is charged for it.

        The crop of original pixels forbids shrink on load.
        """
        await _charge(photo, self._max_pixels)
        return await self._prepare(photo, facts, look)

    async def _prepare(self, photo: PhotoBytes, facts: ClipFacts | None, look: Look) -> Prepared:
        decode = DecodeSpec(
            min_short_side=ceil(OVERSAMPLE * (look.size or 0) / smallest_share(look.crops)),
            min_long_side=look.min_long_side,
            exact=look.decode == "exact" or FULL_CROP in look.planes,
            max_pixels=self._max_pixels,
            compared_side=COMPARED_SIDE if look.likeness else 0,
        )
        squares = (facts.square(look.size),) if facts and look.size else ()
        views = ViewSpec(squares, look.planes, look.crops, look.likeness)
        with stage("decode"):
            return await self._pool.prepare(photo.data, decode, views)

    async def show(
        self,
        photo: PhotoBytes,
        facts: ClipFacts,
        look: Look,
        views: Views,
        ask: Ask[Answer],
    ) -> Seen[Answer]:
        """Ask the model about the square, or squares, of `views`, which are of one side, and tell
        it the photo's tones.

        Out of memory at a large side: once more at 224.
        """
        start = time.perf_counter()
        ((size, square),) = views.squares.items()
        try:
            answer = await ask(square, views.tones)
            return Seen(answer, size, False, milliseconds_since(start), views.regions)
        except FramedError as refusal:
            if not _can_step_down(refusal, size, facts):
                raise
        logger.warning("out of memory at %d px, once more at %d px", size, SMALL_SIZE)
        OOM_FALLBACKS.inc()
        smaller = replace(look, size=SMALL_SIZE, planes=(), likeness=False)
        views = (await self._prepare(photo, facts, smaller)).views
        answer = await ask(views.squares[SMALL_SIZE], views.tones)
        return Seen(answer, SMALL_SIZE, True, milliseconds_since(start), views.regions)


async def _charge(photo: PhotoBytes, max_pixels: int) -> None:
    """Count the photo's megapixels, by its header, before anything is decoded."""
    caller = current_caller.get()
    if caller.weighs:
        header = await asyncio.to_thread(read_header, photo.data, DecodeSpec(max_pixels=max_pixels))
        await caller.charge(megapixels=header.width * header.height / 1e6)


def _can_step_down(refusal: FramedError, size: int, facts: ClipFacts) -> bool:
    return refusal.code is Code.OUT_OF_MEMORY and size > SMALL_SIZE and SMALL_SIZE in facts.sizes


def milliseconds_since(start: float) -> float:
    """From `start`, on the clock of `time.perf_counter`, until now."""
    return (time.perf_counter() - start) * 1000
