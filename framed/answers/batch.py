"""A batch of photos: worked on a few at a time, nothing lost, each failure its own."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

from framed.answers.features import FeaturesOfPhoto
from framed.answers.terms import Terms
from framed.caller import current_caller
from framed.errors import Code, FramedError, overloaded
from framed.holding import Hold, standing
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

Fetch = Callable[[Hold], Awaitable[PhotoBytes]]  # asks for room as the photo's size shows
_NO_ROOM = "Photos hold more memory than there is for them; try this one again shortly."
GROWING_SECONDS = 2.0  # that one who holds a part may wait for more: others wait for the part


@dataclass(frozen=True)
class Wanted:
    """A photo that is yet to be fetched; `photo_id` names it in the cache, None: its content."""

    fetch: Fetch
    photo_id: str | None = None


@dataclass(frozen=True)
class ItemOutcome:
    """What became of the item at `index`: its features, or why there are none."""

    index: int
    outcome: Features | FramedError
    seconds: float


class Batch:
    """Runs features over many photos; at most `concurrency` at a time, each with a deadline.

    What photos of all batches take together until they are done stays within `memory` bytes; who
    finds no room waits, which no deadline of an item counts; who has some and finds no more for
    long is refused.
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
        self._memory, self._most = MemoryBudget(memory), memory
        self._growing = MemoryBudget(memory // 2)  # the rest is never in a stranger's hands

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
        with closing(_Room(self._memory, self._growing, self._most)) as room:
            photo, left = await self._fetched(wanted, room)
            room.arrived(len(photo.data))
            counted.is_of(format_if_known(photo.data))
            async with self._turns.take(lane, len(photo.data)), asyncio.timeout(left):
                return await self._features.answer(photo, wanted.photo_id, await terms.get())

    async def _fetched(self, wanted: Wanted, room: _Room) -> tuple[PhotoBytes, float]:
        """The photo, and the seconds that are left for the work on it."""
        async with asyncio.timeout(self._item_deadline) as clock:

            async def hold(size: int) -> None:
                with standing(clock):
                    await room.hold(size)

            with stage("intake"):
                photo = await wanted.fetch(hold)
            end = clock.when()
        assert end is not None
        return photo, end - asyncio.get_running_loop().time()


class _Room:
    """What one photo has of the memory for all: nothing before its bytes are there."""

    def __init__(self, memory: MemoryBudget, growing: MemoryBudget, most: int) -> None:
        self._memory = memory
        self._growing = growing
        self._most = most
        self._held = 0
        self._grown = 0  # of that, since the first bytes came

    async def hold(self, size: int) -> None:
        """Hold `size` bytes in all; more than there is for all counts as that.

        Raises `overloaded` where one that holds a part already would wait long for more.
        """
        more = min(size, self._most) - self._held
        if more <= 0:
            return
        if self._held:
            await self._grow(more)
        else:
            await self._memory.acquire(more)
        self._held += more

    async def _grow(self, more: int) -> None:
        growth = min(more, self._most // 2 - self._grown)  # a photo above it grows as if alone
        try:
            async with asyncio.timeout(GROWING_SECONDS):
                await self._growing.acquire(growth)
                self._grown += growth
                await self._memory.acquire(more, ahead=True)
        except TimeoutError:
            raise overloaded(_NO_ROOM, GROWING_SECONDS) from None

    def close(self) -> None:
        """Give all of it back."""
        self.arrived(0)

    def arrived(self, size: int) -> None:
        """All `size` bytes are there: hold no more than them from now on."""
        self._growing.release(self._grown)
        self._grown = 0
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
