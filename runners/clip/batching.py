"""Concurrent calls into one model call: what waits together is encoded together, errors apart.

While the engine works, photos queue; then the oldest photo's size decides the next batch. Nothing
waits for company: a photo that is alone is encoded alone. An engine of several streams works on as
many batches at the same time.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from threading import get_ident
from time import perf_counter
from typing import cast

import numpy as np

from framed.errors import Code, FramedError, overloaded
from framed.photo import Pixels
from framed.results import Embedding
from framed.telemetry.metrics import BATCH_SIZE
from framed.telemetry.stages import shared, spent, stage
from framed.telemetry.traceparent import TraceParent, current_trace
from runners.clip.engines.contract import Engine

logger = logging.getLogger("framed.clip")


@dataclass(frozen=True)
class _Waiting:
    image: Pixels
    answer: asyncio.Future[Embedding]
    trace: TraceParent | None = field(default_factory=current_trace)
    since: float = field(default_factory=perf_counter)


class Batcher:
    """Encodes single photos for many callers; once `limit` wait, more callers are refused."""

    def __init__(
        self,
        engine: Engine,
        executor: Executor,
        *,
        max_batch: int,
        limit: int,
        streams: int = 1,
    ) -> None:
        self._engine = engine
        self._executor = executor
        self._max_batch = max_batch
        self._limit = limit
        self._streams = streams
        self._waiting: deque[_Waiting] = deque()
        self._calls: dict[int, float] = {}  # by thread, since when the engine has been at work
        self._workers: set[asyncio.Task[None]] = set()  # those that will look for photos again

    @property
    def depth(self) -> int:
        """Photos that wait now."""
        return len(self._waiting)

    @property
    def longest_call(self) -> float:
        """Seconds that the oldest call of the engine under way has taken; 0 where none is."""
        now = perf_counter()
        return max((now - since for since in list(self._calls.values())), default=0.0)

    async def encode(self, image: Pixels) -> Embedding:
        """The unit embedding float32 [D] of one square uint8 [S, S, 3].

        Raises `overloaded` when the queue is full, or what the engine raised for this photo.
        """
        (embedding,) = await self.encode_all([image])
        return embedding

    async def encode_all(self, images: Sequence[Pixels] | Pixels) -> list[Embedding]:
        """The same for squares that belong together: they wait side by side, and what is raised for
        one of them is raised for all. Where there is room for the first, there is for all."""
        answers = self._enqueue(images)
        try:
            return list(await asyncio.gather(*answers))
        finally:  # those that nobody waits for any more are passed over
            for answer in answers:
                answer.cancel()

    def _enqueue(self, images: Sequence[Pixels] | Pixels) -> list[asyncio.Future[Embedding]]:
        if len(self._waiting) >= self._limit:
            raise overloaded("Too many photos wait for the model; try again shortly.")
        loop = asyncio.get_running_loop()
        coming = [_Waiting(image, loop.create_future()) for image in images]
        self._waiting.extend(coming)
        self._workers = {worker for worker in self._workers if not worker.done()}
        if len(self._workers) < self._streams:
            self._workers.add(loop.create_task(self._drain()))
        return [each.answer for each in coming]

    async def _drain(self) -> None:
        try:
            while batch := self._next_batch():
                begun = perf_counter()
                outcomes = await asyncio.get_running_loop().run_in_executor(
                    self._executor, self._run, [waiting.image for waiting in batch]
                )
                for waiting, outcome in zip(batch, outcomes, strict=True):
                    spent("queue", waiting.since, begun, waiting.trace)
                    shared("encode", begun, waiting.trace)
                    _settle(waiting.answer, outcome)
        finally:  # in the same step as its last look: a photo that comes next starts another
            self._workers.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    def _next_batch(self) -> list[_Waiting]:
        """The oldest photo whose caller still waits, and those of its size behind it."""
        batch: list[_Waiting] = []
        others: list[_Waiting] = []
        while self._waiting and len(batch) < self._max_batch:
            waiting = self._waiting.popleft()
            if waiting.answer.done():
                continue
            same = not batch or waiting.image.shape == batch[0].image.shape
            (batch if same else others).append(waiting)
        self._waiting.extendleft(reversed(others))
        return batch

    def _run(self, images: Sequence[Pixels]) -> list[Embedding | FramedError]:
        self._calls[get_ident()] = perf_counter()
        try:
            return self._outcomes(images)
        finally:
            del self._calls[get_ident()]

    def _outcomes(self, images: Sequence[Pixels]) -> list[Embedding | FramedError]:
        outcome = self._attempt(images)
        if not isinstance(outcome, FramedError):
            return [*outcome]
        if len(images) == 1 or outcome.code is Code.OUT_OF_MEMORY:  # the engine split it already
            return [outcome] * len(images)
        return [self._single(image) for image in images]

    def _single(self, image: Pixels) -> Embedding | FramedError:
        outcome = self._attempt([image])
        return outcome if isinstance(outcome, FramedError) else outcome[0]

    def _attempt(self, images: Sequence[Pixels]) -> list[Embedding] | FramedError:
        BATCH_SIZE.observe(len(images))
        try:
            with stage("encode"):
                vectors = self._engine.encode_images(np.stack(images))
        except FramedError as refusal:
            return refusal
        except Exception:  # a door: whatever an engine throws costs this call only
            logger.exception("the engine failed on %d photo(s)", len(images))
            return FramedError(Code.INTERNAL, "The model failed on this photo; see the log.")
        if not np.isfinite(vectors).all():
            return FramedError(Code.INTERNAL, "The model gave no finite embedding for this photo.")
        return list(vectors)


def _settle(answer: asyncio.Future[Embedding], outcome: Embedding | FramedError) -> None:
    if answer.done():
        return
    if isinstance(outcome, FramedError):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)
