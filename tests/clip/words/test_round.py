"""Whose texts are encoded in time, on a clock that stands; a full chunk takes a second."""

from __future__ import annotations

import pytest

from framed.errors import Code, FramedError
from runners.clip.words.pace import Chunk
from runners.clip.words.round import NO_GAPS, Part, Round

DEADLINE = 10.0


def full() -> Chunk:
    return Chunk([f"word {number:02}" for number in range(48)])


def part(chunks: int, end: float = DEADLINE) -> Part:
    return Part([full() for _ in range(chunks)], end)


def measured(seconds: float = 1.0) -> Round:
    known = Round(DEADLINE)
    for _ in range(7):
        known.pace.note(full(), seconds)
    return known


def refusal_of(known: Round, one: Part) -> FramedError:
    with pytest.raises(FramedError) as refused:
        known.join(one, 0.0)
    return refused.value


def test_who_would_be_late_is_told_when_to_come_back() -> None:
    """Two that need half of the time each are one too many: some of it is kept for surprises."""
    known = measured()
    known.join(part(5), 0.0)
    refusal = refusal_of(known, part(5))
    assert (refusal.code, refusal.retry_after) == (Code.OVERLOADED, 5)
    assert known.waiting == 5 * 48


def test_nobody_is_pushed_over_the_end_of_its_time() -> None:
    """A newcomer with all the time in the world waits, too, where another would be late by it."""
    known = measured()
    known.join(part(7), 0.0)
    assert refusal_of(known, part(7, end=1000.0)).code is Code.OVERLOADED


def test_who_is_late_already_keeps_nobody_out() -> None:
    """Refusing others would not help it."""
    known = measured()
    known.join(part(7, end=5.0), 0.0)
    known.join(part(2), 0.0)
    assert known.waiting == 9 * 48


def test_a_single_chunk_is_taken_beside_many() -> None:
    """It needs one turn of each of the others; the time kept back is for it."""
    known = measured()
    known.join(part(8), 0.0)
    assert refusal_of(known, part(2)).code is Code.OVERLOADED
    known.join(part(1), 0.0)
    known.join(part(1), 0.0)
    assert refusal_of(known, part(1)).code is Code.OVERLOADED  # the first would be late for sure


def test_whoever_is_alone_may_begin() -> None:
    """A pace may be an old one; the next chunk tells."""
    known = measured(5.0)
    one = part(8)
    known.join(one, 0.0)
    known.done(one, 0.1, 0.1)
    assert known.waiting == 7 * 48


def test_one_slow_chunk_ends_nothing() -> None:
    """Of a few that were fast it is the surprise."""
    known = measured()
    one = part(6)
    known.join(one, 0.0)
    known.done(one, 2.0, 2.0)
    assert known.waiting == 5 * 48


def test_what_never_could_be_done_is_not_to_be_sent_again() -> None:
    """That is said at once where others are at work, else after the next chunk."""
    known = measured()
    one = part(12)
    known.join(one, 0.0)
    assert refusal_of(known, part(12)).code is Code.INVALID_PARAMETER
    with pytest.raises(FramedError, match="send fewer") as refused:
        known.done(one, 1.0, 1.0)
    assert refused.value.code is Code.INVALID_PARAMETER


def test_who_came_last_gives_way() -> None:
    """Where it goes slower than expected, the first are still done in time."""
    known = measured()
    first, last = part(4), part(4)
    known.join(first, 0.0)
    known.join(last, 0.0)
    known.done(first, 4.0, 4.0)
    with pytest.raises(FramedError) as refused:
        known.done(last, 1.0, 5.0)
    assert refused.value.code is Code.OVERLOADED
    known.leave(last)
    known.done(first, 1.0, 6.0)


def test_before_anything_is_known_a_missed_deadline_is_one() -> None:
    """Nobody can say whether fewer texts would have been done."""
    refusal = Round(DEADLINE).late([full()])
    assert refusal.code is Code.DEADLINE
    assert measured().late([full()]).code is Code.OVERLOADED


def spare(chunks: int, end: float = DEADLINE) -> Part:
    return Part([full() for _ in range(chunks)], end, spare=True)


def test_who_comes_in_earnest_does_not_see_what_can_be_done_without() -> None:
    """It is admitted as if it were alone, and never gives way for it."""
    known = measured()
    known.join(spare(6), 0.0)
    earnest = part(8)
    known.join(earnest, 0.0)
    known.done(earnest, 1.0, 1.0)
    assert not earnest.gives_way
    assert known.waiting == 13 * 48


def test_what_can_be_done_without_begins_only_where_there_is_time_for_all_of_it() -> None:
    """Half of it is of no use."""
    assert refusal_of(measured(), spare(9)).code is Code.INVALID_PARAMETER


def test_after_one_found_no_gap_others_do_not_look_for_one() -> None:
    """While somebody waits in earnest, and for some seconds."""
    known = measured()
    known.join(part(1), 0.0)
    known.join(spare(1), 0.0)
    assert known.starved(1.0).code is Code.OVERLOADED
    with pytest.raises(FramedError):
        known.join(spare(1), 2.0)
    known.join(spare(1), 1.0 + NO_GAPS)
    idle = measured()
    idle.starved(1.0)
    idle.join(spare(1), 2.0)
