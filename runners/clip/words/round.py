"""Whose texts are encoded in time: callers take turns by the chunk, and each has its own end.

By the time a caller has had all its turns, every other one has had at most as many. So what each
will wait for is known, and a newcomer is taken only where it and all before it will be in time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from framed.deadline import PLANNED
from framed.errors import Code, FramedError, overloaded
from runners.clip.words.pace import Chunk, TextPace

NO_GAPS = 5.0  # seconds


@dataclass(eq=False)
class Part:
    """One caller's chunks that are not encoded yet; `end` on the loop's clock. A `spare` one takes
    a turn only while nobody in earnest waits, and counts for nobody else."""

    chunks: list[Chunk]
    end: float
    gives_way: bool = False
    spare: bool = False


class Round:
    """All callers whose texts are being encoded; `longest` is in seconds what one may ever take."""

    def __init__(self, longest: float | None) -> None:
        self._longest = longest or math.inf
        self._parts: list[Part] = []  # in the order in which they came
        self._spare: list[Part] = []
        self._no_spare_until = -math.inf
        self.pace = TextPace()

    @property
    def waiting(self) -> int:
        """Prompts not encoded yet."""
        parts = (*self._parts, *self._spare)
        return sum(len(each.prompts) for part in parts for each in part.chunks)

    @property
    def is_busy(self) -> bool:
        """Whether anybody in earnest waits."""
        return bool(self._parts)

    @property
    def is_unmeasured(self) -> bool:
        """Whether somebody is at work, and nobody can say how long it will take."""
        return bool(self._parts) and not self.pace

    def join(self, part: Part, now: float) -> None:
        """Take the caller in.

        Raises `overloaded` where it, or one before it, would be late, and `invalid_parameter` where
        it would be so on an idle machine. Whoever is alone may begin: the pace may be an old one.
        """
        if part.spare:
            return self._join_spare(part, now)
        in_time = self._in_time(1.0, now)
        self._parts.append(part)
        if len(self._parts) > 1 and not self._fits(part, in_time, now):
            self._parts.remove(part)
            raise self._refusal(part.chunks)

    def _join_spare(self, part: Part, now: float) -> None:
        in_vain = self.is_busy and now < self._no_spare_until
        if in_vain or self.pace.expected(part.chunks) > PLANNED * (part.end - now):
            raise self._refusal(part.chunks)
        self._spare.append(part)

    def starved(self, now: float) -> FramedError:
        """The refusal of a spare part that found no gap; for a while others need not look for one
        while anybody waits in earnest."""
        self._no_spare_until = now + NO_GAPS
        return self._refusal(())

    def leave(self, part: Part) -> None:
        """The caller has all its vectors, or wants none any more."""
        (self._spare if part.spare else self._parts).remove(part)
        if not self._parts:  # a gap
            self._no_spare_until = -math.inf

    def done(self, part: Part, seconds: float, now: float) -> None:
        """The first chunk of `part` is encoded. Raises, as `join` does, where the rest would be
        late: by itself, or because the caller came last and others would be."""
        chunk = part.chunks.pop(0)
        self.pace.note(chunk, seconds)
        if not part.chunks:
            return
        rest, left = part.chunks, part.end - now
        as_this_one = seconds / chunk.weight * sum(each.weight for each in rest)
        if min(self.pace.expected(rest), as_this_one) > left:  # one of them may be a surprise
            raise self._refusal([chunk, *rest])
        if not part.spare and len(self._parts) > 1 and self._seconds(len(rest)) > left:
            self._last().gives_way = True
        if part.gives_way:
            raise self._refusal(rest)

    def late(self, chunks: Sequence[Chunk]) -> FramedError:
        """The refusal of a caller whose time is over; `chunks` is all that it brought."""
        if not self.pace:
            return FramedError(
                Code.DEADLINE, "The texts were not encoded in time; send fewer of them at once."
            )
        return self._refusal(chunks)

    def _fits(self, part: Part, others: set[Part], now: float) -> bool:
        """What is planned with leaves room for those who bring a single chunk, so that these are
        refused only where another one would be late for sure."""
        share = PLANNED if len(part.chunks) > 1 else 1.0
        return part in self._in_time(PLANNED, now) and others <= self._in_time(share, now)

    def _in_time(self, share: float, now: float) -> set[Part]:
        """Those that will have their vectors within a `share` of the time that is left."""
        seconds = {turns: self._seconds(turns) for turns in {len(p.chunks) for p in self._parts}}
        return {p for p in self._parts if seconds[len(p.chunks)] <= share * (p.end - now)}

    def _seconds(self, turns: int) -> float:
        """Until everyone has had so many turns, or all that it needs."""
        return sum(self.pace.expected(each.chunks[:turns]) for each in self._parts)

    def _last(self) -> Part:
        """Who came last of those that bring more than a chunk; of them all where none does."""
        many = [each for each in self._parts if len(each.chunks) > 1]
        return (many or self._parts)[-1]

    def _refusal(self, chunks: Sequence[Chunk]) -> FramedError:
        alone = self.pace.at_best(chunks)
        if alone > PLANNED * self._longest:
            return FramedError(
                Code.INVALID_PARAMETER,
                f"These texts take about {math.ceil(alone)} s to encode, longer than a request may "
                "last; send fewer of them at once.",
            )
        wait = sum(self.pace.expected(each.chunks) for each in self._parts)
        return overloaded("More texts wait than can be encoded in time; try again shortly.", wait)
