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

from framed.caller import current_caller
from framed.deadline import PLANNED, is_in_time, seconds_left
from framed.errors import FramedError, overloaded
from framed.pace import Pace
from framed.telemetry.stages import stage
from framed.turns.line import Line
from framed.turns.ticket import Lane, Ticket, weight_of

CALM_SECONDS = 0.25  # after the last single photo, until batches take all turns again
LATE = 1.6  # times the longest wait; a burst may pass the check of its headers all at once


class Turns:
    """At most `places` photos at a time; whoever would wait over `longest_wait` seconds is refused,
    and whoever would not be done before its request is given up.

    Batches have one place while single photos come, so that they go on, and all of them else. All
    calls come from one event loop.
    """

    def __init__(self, places: int, longest_wait: float) -> None:
        self._places = places
        self._longest_wait = longest_wait
        self._pace = Pace()  # of photos of weight 1
        self._waiting: dict[Lane, Line[Ticket]] = {"single": Line(), "batch": Line()}
        self._working: dict[Lane, set[Ticket]] = {"single": set(), "batch": set()}
        self._queued = 0.0  # weight of the single photos that wait
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
        self._refuse(self._longest_wait, 1.0)

    @asynccontextmanager
    async def take(self, lane: Lane, size: int = 0, *, more: bool = False) -> AsyncIterator[None]:
        """One photo's turn, held as long as the block runs; `size` is in bytes.

        A single photo is refused `overloaded` where it would wait, or has waited, far too long, or
        could not be done in time any more. Where `more` than the photo is worked on in its turn,
        that tells little of how long photos take.
        """
        loop = asyncio.get_running_loop()
        ticket = Ticket(lane, weight_of(size), loop.time() + seconds_left())
        if lane == "single":
            self._refuse(LATE * self._longest_wait, ticket.weight)
        with stage("turn"):
            await self._turn_of(ticket)
        start, beside = loop.time(), self._load
        failed = True
        try:
            yield
            failed = False
        finally:
            held = loop.time() - start
            self._note(held, (beside + self._load) / 2, at_least=failed, at_most=more)
            self._give_back(ticket)

    @property
    def _at_work(self) -> int:
        return sum(map(len, self._working.values()))

    @property
    def _load(self) -> float:
        """The weight of all that is worked on."""
        return sum(ticket.weight for lane in self._working.values() for ticket in lane)

    def _note(self, held: float, beside: float, *, at_least: bool, at_most: bool) -> None:
        """A photo that was refused or given up says only that photos take at least so long."""
        expected = beside * self._pace.seconds
        if not (at_least and held < expected) and not (at_most and held > expected):
            self._pace.note(held, beside)

    def _ahead(self) -> float:
        """About the weight of what would get its turn before another photo of the caller."""
        if not (line := self._waiting["single"]):
            return 0.0
        return line.ahead_of(current_caller.get().name) * self._queued / len(line)

    def _expected_wait(self) -> float:
        if self._at_work < self._places and not self._waiting["single"]:
            return 0.0
        return (self._ahead() + self._load / self._places) * self._pace.seconds

    def _refuse(self, longest_wait: float, weight: float) -> None:
        """Nobody is refused by an estimate while nothing is worked on: it may be an old one."""
        if not self._at_work:
            return
        wait = self._expected_wait()
        done = (self._load + self._ahead() + weight) * self._pace.seconds
        if wait > longest_wait or not is_in_time(done):
            raise _overloaded(wait)

    async def _turn_of(self, ticket: Ticket) -> None:
        line, sender = self._waiting[ticket.lane], current_caller.get().name
        line.join(sender, ticket)
        self._serve()
        if ticket.lane == "batch":
            await self._until_served(ticket, sender, None)
            return
        self._queued += ticket.weight
        patience = min(LATE * self._longest_wait, max(0.0, PLANNED * seconds_left()))
        try:
            await self._until_served(ticket, sender, patience)
        except TimeoutError:
            raise _overloaded(self._expected_wait()) from None
        finally:
            self._queued -= ticket.weight

    async def _until_served(self, ticket: Ticket, sender: str, patience: float | None) -> None:
        try:
            async with asyncio.timeout(patience):
                has_turn = await ticket.turn
        except BaseException:
            self._waiting[ticket.lane].leave(sender, ticket)
            if ticket in self._working[ticket.lane]:  # served while it left
                self._give_back(ticket)
            raise
        if not has_turn:
            raise _overloaded(self._expected_wait())

    def _give_back(self, ticket: Ticket) -> None:
        self._working[ticket.lane].remove(ticket)
        if ticket.lane == "single":
            self._last_single = asyncio.get_running_loop().time()
        self._serve()

    def _serve(self) -> None:
        while (lane := self._next_lane()) is not None:
            ticket = self._waiting[lane].serve()
            if ticket.turn.done():
                continue
            if lane == "single" and self._is_too_late_for(ticket):
                ticket.turn.set_result(False)
                continue
            self._working[lane].add(ticket)
            ticket.turn.set_result(True)

    def _is_too_late_for(self, ticket: Ticket) -> bool:
        """Whether it would take its turn for nothing: it came in by an estimate that was wrong."""
        if not self._at_work:
            return False
        left = ticket.end - asyncio.get_running_loop().time()
        return (self._load + ticket.weight) * self._pace.seconds > PLANNED * left

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
