"""Whose photo is worked on next, how many at a time, and who is told to come back later.

More photos at a time than the cores and the model can use get nothing done sooner: they only take
memory, and one another's time. So a photo waits for its turn here, single requests before batches
and senders in rounds. What would wait too long is refused at once, by the pace that is measured.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from framed.caller import current_caller
from framed.errors import FramedError, overloaded
from framed.pace import Pace
from framed.telemetry.stages import stage
from framed.turns.line import Line

Lane = Literal["single", "batch"]

CALM_SECONDS = 0.25  # after the last single photo, until batches take all turns again
LATE = 1.6  # times the longest wait; a burst may pass the check of its headers all at once


@dataclass(eq=False)
class _Ticket:
    lane: Lane
    turn: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Turns:
    """At most `places` photos at a time; whoever would wait over `longest_wait` seconds is refused.

    Batches have one place while single photos come, so that they go on, and all of them else. All
    calls come from one event loop.
    """

    def __init__(self, places: int, longest_wait: float) -> None:
        self._places = places
        self._longest_wait = longest_wait
        self._pace = Pace()
        self._waiting: dict[Lane, Line[_Ticket]] = {"single": Line(), "batch": Line()}
        self._working: dict[Lane, int] = {"single": 0, "batch": 0}
        self._last_single = -math.inf  # on the loop's clock
        self._look_again: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """Photos that wait for their turn now."""
        return sum(map(len, self._waiting.values()))

    def check(self) -> None:
        """Raise `overloaded` where a single photo of the running task's caller would wait too long.

        To be asked before a body is read.
        """
        self._refuse_above(self._longest_wait)

    @asynccontextmanager
    async def take(self, lane: Lane) -> AsyncIterator[None]:
        """One photo's turn, held as long as the block runs.

        A single photo is refused `overloaded` where it would wait, or has waited, far too long.
        """
        if lane == "single":
            self._refuse_above(LATE * self._longest_wait)
        with stage("turn"):
            await self._turn_of(_Ticket(lane))
        loop = asyncio.get_running_loop()
        start, beside = loop.time(), self._at_work
        left = False
        try:
            yield
        except asyncio.CancelledError:
            left = True
            raise
        finally:
            self._note(loop.time() - start, (beside + self._at_work) / 2, left)
            self._give_back(lane)

    @property
    def _at_work(self) -> int:
        return sum(self._working.values())

    def _note(self, held: float, beside: float, left: bool) -> None:
        """A photo that was given up says only that photos take at least so long."""
        if not left or held > beside * self._pace.seconds:
            self._pace.note(held, beside)

    def _expected_wait(self) -> float:
        if self._at_work < self._places and not self._waiting["single"]:
            return 0.0
        ahead = self._waiting["single"].ahead_of(current_caller.get().name)
        return (ahead + 1) * self._pace.seconds

    def _refuse_above(self, seconds: float) -> None:
        wait = self._expected_wait()
        if wait > seconds:
            raise _overloaded(wait)

    async def _turn_of(self, ticket: _Ticket) -> None:
        line, sender = self._waiting[ticket.lane], current_caller.get().name
        line.join(sender, ticket)
        self._serve()
        patience = LATE * self._longest_wait if ticket.lane == "single" else None
        try:
            async with asyncio.timeout(patience):
                await ticket.turn
        except BaseException as gone:
            line.leave(sender, ticket)
            if ticket.turn.done() and not ticket.turn.cancelled():  # served while it left
                self._give_back(ticket.lane)
            if isinstance(gone, TimeoutError):
                raise _overloaded(self._expected_wait()) from None
            raise

    def _give_back(self, lane: Lane) -> None:
        self._working[lane] -= 1
        if lane == "single":
            self._last_single = asyncio.get_running_loop().time()
        self._serve()

    def _serve(self) -> None:
        while (lane := self._next_lane()) is not None:
            ticket = self._waiting[lane].serve()
            if not ticket.turn.done():
                self._working[lane] += 1
                ticket.turn.set_result(None)

    def _next_lane(self) -> Lane | None:
        if self._at_work >= self._places:
            return None
        batches = bool(self._waiting["batch"])
        if self._waiting["single"]:
            starved = batches and not self._working["batch"]
            return "batch" if starved and self._at_work == self._places - 1 else "single"
        if not batches or not self._batch_may_start():
            return None
        return "batch"

    def _batch_may_start(self) -> bool:
        if not self._working["batch"]:
            return True
        if self._working["single"]:
            return False
        loop = asyncio.get_running_loop()
        calm = self._last_single + CALM_SECONDS
        if loop.time() < calm:
            self._ask_again(loop, calm)
            return False
        return True

    def _ask_again(self, loop: asyncio.AbstractEventLoop, at: float) -> None:
        if self._look_again is None:
            self._look_again = loop.call_at(at, self._looked)

    def _looked(self) -> None:
        self._look_again = None
        self._serve()


def _overloaded(wait: float) -> FramedError:
    return overloaded(
        "More photos are being sent than can be worked on in time; try again shortly.", wait
    )
