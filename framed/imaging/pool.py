"""Decoding for many callers: judged by header, in order, and never more memory than is allowed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from typing import ParamSpec, TypeVar

from framed.deadline import is_in_time
from framed.errors import Code, FramedError, overloaded
from framed.imaging import prepare as work
from framed.imaging.budget import MemoryBudget
from framed.imaging.children import Children, Decode, too_late
from framed.imaging.cost import judge
from framed.imaging.isolated import Order, Work
from framed.imaging.warmth import warm_up
from framed.imaging.workers import Workers
from framed.memory import trim
from framed.pace import Pace
from framed.photo import DecodeSpec, ViewSpec
from framed.settings import MIB

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger("framed.imaging")

DEADLINE = 10.0
STUCK_AFTER = 2  # deadlines: nobody has waited for it for long
HEADER_THREADS = 2
ORDINARY_SHARE = 0.25  # of the memory; the rest is for what may last, which holds up no other
TRIMMED_ABOVE = 32 * MIB  # memory of a photo after which the process gives back what it can
MOST_ABOVE = 1.25  # times the memory that a picture may take, and run alone
IN_LINE = 0.5  # of the deadline may be spent on waiting behind others that may last
CHILD_ENDS_ABOVE = 256 * MIB  # memory of a photo with which its process ends


class DecodePool:
    """Runs `prepare` with at most `memory_mb` (MiB) held by all decoding at once.

    Ordinary photos are decoded in `threads` threads. What may take long, by its header, is decoded
    in processes, as many at most, and killed when its caller leaves or after `deadline` seconds.
    Each kind is served in the order in which it came, within its share of the memory; what is
    larger than the whole share runs alone. What may take long is refused where it is far larger
    than all of the memory, or would wait too long behind its like. No thread is started before
    `warm` or the first photo.
    """

    def __init__(
        self,
        threads: int,
        memory_mb: int,
        deadline: float = DEADLINE,
        *,
        isolated_work: Work = work.prepare,
    ) -> None:
        ordinary = round(memory_mb * MIB * ORDINARY_SHARE)
        self._deadline = deadline
        self._headers = Workers(HEADER_THREADS, "header", STUCK_AFTER * deadline)
        self._threads = Workers(threads, "decode", STUCK_AFTER * deadline)
        self._children = Children(threads)
        self._ordinary = MemoryBudget(ordinary)
        self._lasting = MemoryBudget(memory_mb * MIB - ordinary)
        self._most = round(memory_mb * MIB * MOST_ABOVE)
        self._pace = Pace()
        self._in_line = self._at_work = 0
        self._isolated_work = isolated_work
        self._warmth: Future[None] | None = None
        self._lock = Lock()
        self._closed = False

    async def prepare(self, data: bytes, decode: DecodeSpec, views: ViewSpec) -> work.Prepared:
        """A photo's facts and views, as `framed.imaging.prepare.prepare` gives and raises them.

        What the header says is judged at once, whatever waits to be decoded. If the caller is
        cancelled, work that has not started is dropped; work in a thread runs to its end, and only
        then gives its memory back. Raises `FramedError` `deadline`, and `unavailable` where the
        pool is closed or the machine gives it no room.
        """
        await self._warmed()
        cost = await asyncio.wrap_future(self._submit(self._headers, judge, data, decode))
        if cost.may_last:
            order = Order(self._isolated_work, data, decode, views, STUCK_AFTER * self._deadline)
            return await self._in_child(order, cost.memory)
        return await self._in_thread(data, decode, views, cost.memory)

    def warm(self) -> Future[None]:
        """Loads what decoding needs, in the background; what failed is tried anew."""
        with self._lock:
            if self._warmth is None or (self._warmth.done() and self._warmth.exception()):
                self._warmth = self._submit(self._threads, warm_up)
            return self._warmth

    def fault(self) -> str | None:
        """Why no photo can be decoded at the moment; None where all is well."""
        if self._closed:
            return "shutting down"
        try:
            warmth = self.warm()
        except FramedError:
            return "no thread to be had"
        ready = warmth.done() and not warmth.exception()
        return self.stuck() if ready else "loading"

    def stuck(self) -> str | None:
        """Why no photo will ever be decoded again in this process; None where that is not so."""
        if self._threads.all_stuck():
            return "all decoding threads are stuck"
        return "all threads that read headers are stuck" if self._headers.all_stuck() else None

    def close(self) -> None:
        """Drops what has not started and lets what has come to its end; returns at once."""
        self._closed = True
        for each in (self._headers, self._threads, self._children):
            each.close()

    async def _warmed(self) -> None:
        warmth = self.warm()
        if warmth.done() and not warmth.exception():
            return
        try:
            await asyncio.shield(asyncio.wrap_future(warmth))
        except Exception as fault:
            logger.error("decoding cannot begin: %s", fault)
            raise _no_room() from None

    async def _in_thread(
        self, data: bytes, decode: DecodeSpec, views: ViewSpec, memory: int
    ) -> work.Prepared:
        await self._ordinary.acquire(memory)
        try:
            running = self._submit(self._threads, work.prepare, data, decode, views)
        except BaseException:
            self._ordinary.release(memory)
            raise
        running.add_done_callback(lambda _: self._left_thread(memory))
        return await asyncio.wrap_future(running)

    def _left_thread(self, memory: int) -> None:
        if memory > TRIMMED_ABOVE:
            trim()
        self._ordinary.release(memory)

    async def _in_child(self, order: Order, memory: int) -> work.Prepared:
        if memory > self._most:
            raise _too_large(memory)
        wait = self._in_line * self._pace.seconds
        late = bool(wait) and not is_in_time(wait + self._pace.seconds)
        if late or wait > IN_LINE * self._deadline:
            raise _overloaded(wait)
        self._in_line += 1
        try:
            return await self._decoded_in_child(order, memory)
        finally:
            self._in_line -= 1

    async def _decoded_in_child(self, order: Order, memory: int) -> work.Prepared:
        await self._lasting.acquire(memory)
        loop = asyncio.get_running_loop()
        self._at_work += 1
        begun, beside = loop.time(), self._at_work
        try:
            return await self._ended_in_time(order, memory)
        finally:
            self._pace.note(loop.time() - begun, (beside + self._at_work) / 2)
            self._at_work -= 1

    async def _ended_in_time(self, order: Order, memory: int) -> work.Prepared:
        running = Decode(order, ends_child=memory > CHILD_ENDS_ABOVE)
        running.outcome.add_done_callback(lambda _: self._lasting.release(memory))
        try:
            self._start(running)
            async with asyncio.timeout(self._deadline):
                return await asyncio.wrap_future(running.outcome)
        except TimeoutError:
            raise too_late() from None
        finally:
            running.drop()

    def _start(self, running: Decode) -> None:
        try:
            self._children.start(running)
        except RuntimeError:
            raise self._refusal() from None

    def _submit(
        self, workers: Workers, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        try:
            return workers.submit(function, *args, **kwargs)
        except RuntimeError:
            raise self._refusal() from None

    def _refusal(self) -> FramedError:
        if not self._closed:
            return _no_room()
        return FramedError(
            Code.UNAVAILABLE, "The service is shutting down; send the request again.", retry_after=2
        )


def _too_large(memory: int) -> FramedError:
    return FramedError(
        Code.TOO_MANY_PIXELS,
        f"Decoding this picture takes {memory / MIB:.0f} MiB, more than there is for it here; send "
        "a smaller one, or as JPEG or PNG.",
    )


def _overloaded(wait: float) -> FramedError:
    return overloaded(
        "More large photos are being sent than can be decoded in time; try again shortly.", wait
    )


def _no_room() -> FramedError:
    return FramedError(
        Code.UNAVAILABLE, "There is no room to decode this now; send it again.", retry_after=2
    )
