"""A batch of photos: worked on a few at a time, nothing lost, each failure its own."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from framed.answers.features import FeaturesOfPhoto
from framed.answers.terms import Terms
from framed.caller import current_caller
from framed.errors import Code, FramedError
from framed.imaging.budget import MemoryBudget
from framed.imaging.formats import format_if_known
from framed.photo import PhotoBytes
from framed.questions import FeaturesQuestion
from framed.results import Features
from framed.size_limit import MIB
from framed.telemetry.photos import a_photo
from framed.telemetry.stages import stage
from framed.turns.ticket import Lane
from framed.turns.turns import Turns

logger = logging.getLogger("framed.answers")

Fetch = Callable[[], Awaitable[PhotoBytes]]


@dataclass(frozen=True)
class Wanted:
    """A photo that is yet to be fetched; `photo_id` names it in the cache, None: its content.

    `most` is how many bytes of memory it may take, 0 where it is there already.
    """

    fetch: Fetch
    photo_id: str | None = None
    most: int = 0


@dataclass(frozen=True)
class ItemOutcome:
    """What became of the item at `index`: its features, or why there are none."""

    index: int
    outcome: Features | FramedError
    seconds: float


class Batch:
    """Runs features over many photos; at most `concurrency` at a time, each with a deadline.

    What photos of all batches take together until they are done stays within `memory` bytes; who
    finds no room waits, which no deadline of an item counts.
    """

    def __init__(
        self,
        features: FeaturesOfPhoto,
        turns: Turns,
        *,
        concurrency: int,
        item_deadline: float,
        batch_deadline: float,
        memory: int = 256 * MIB,
    ) -> None:
        self._features = features
        self._turns = turns
        self._concurrency = concurrency
        self._item_deadline = item_deadline
        self._batch_deadline = batch_deadline
        self._memory = MemoryBudget(memory)

    async def run(
        self, photos: Sequence[Wanted], question: FeaturesQuestion
    ) -> AsyncIterator[ItemOutcome]:
        """Yield one outcome for every item, as they finish.

        Items not finished when the batch's own deadline ends are yielded as `deadline`.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + self._batch_deadline if self._batch_deadline else None
        gate = asyncio.Semaphore(self._concurrency)
        terms = _SharedTerms(self._features, question)
        lane: Lane = "single" if len(photos) == 1 else "batch"
        tasks = [
            asyncio.create_task(self._item(gate, lane, index, wanted, terms, end))
            for index, wanted in enumerate(photos)
        ]
        try:
            for finished in asyncio.as_completed(tasks):
                yield await finished
        finally:  # the reader left: what has not started never starts
            for task in tasks:
                task.cancel()

    async def _item(
        self,
        gate: asyncio.Semaphore,
        lane: Lane,
        index: int,
        wanted: Wanted,
        terms: _SharedTerms,
        end: float | None,
    ) -> ItemOutcome:
        start = time.perf_counter()
        outcome: Features | FramedError
        try:
            with a_photo() as counted:
                async with asyncio.timeout_at(end), gate:
                    start = time.perf_counter()
                    outcome = await self._one(lane, wanted, terms, counted)
        except FramedError as refusal:
            outcome = refusal.with_traceback(None)  # whose frames hold the item, and this
        except TimeoutError:
            outcome = FramedError(Code.DEADLINE, "This photo was not finished within its deadline.")
        except Exception:  # a door: one item's surprise must not lose the others
            logger.exception("item %d of a batch failed", index)
            outcome = FramedError(Code.INTERNAL, "This photo failed inside; see the log.")
        return ItemOutcome(index, outcome, time.perf_counter() - start)

    async def _one(
        self, lane: Lane, wanted: Wanted, terms: _SharedTerms, counted: a_photo
    ) -> Features:
        """Its deadline counts the time for fetching it and for working on it, not for its turn."""
        await current_caller.get().charge(photos=1)
        loop = asyncio.get_running_loop()
        async with self._room(wanted.most) as room:
            start = loop.time()
            with stage("intake"):
                async with asyncio.timeout(self._item_deadline):
                    photo = await wanted.fetch()
            room.shrink(len(photo.data))
            counted.is_of(format_if_known(photo.data))
            left = self._item_deadline - (loop.time() - start)
            async with self._turns.take(lane, len(photo.data)), asyncio.timeout(left):
                return await self._features.answer(photo, wanted.photo_id, await terms.get())

    @asynccontextmanager
    async def _room(self, most: int) -> AsyncIterator[_Room]:
        if not most:
            yield _Room(self._memory, 0)
            return
        await self._memory.acquire(most)
        room = _Room(self._memory, most)
        try:
            yield room
        finally:
            room.shrink(0)


class _Room:
    """What one photo has of the memory for all, `held` bytes."""

    def __init__(self, memory: MemoryBudget, held: int) -> None:
        self._memory = memory
        self._held = held

    def shrink(self, size: int) -> None:
        """Hold no more than `size` bytes from now on."""
        if (less := self._held - size) > 0:
            self._held -= less
            self._memory.release(less)


class _SharedTerms:
    """The request's terms, asked for by the first item that gets them."""

    def __init__(self, features: FeaturesOfPhoto, question: FeaturesQuestion) -> None:
        self._features = features
        self._question = question
        self._asking = asyncio.Lock()
        self._terms: Terms | None = None

    async def get(self) -> Terms:
        """Raises what keeps the model from answering; the next item then asks again."""
        async with self._asking:
            if self._terms is None:
                self._terms = await self._features.begin(self._question)
            return self._terms
