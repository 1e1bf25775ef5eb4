"""Those who wait, sender by sender."""

from __future__ import annotations

import pytest

from framed.turns.line import Line


def line_of(*tickets: tuple[str, int]) -> Line[tuple[str, int]]:
    line: Line[tuple[str, int]] = Line()
    for sender, number in tickets:
        line.join(sender, (sender, number))
    return line


def served(line: Line[tuple[str, int]]) -> list[tuple[str, int]]:
    return [line.serve() for _ in range(len(line))]


def test_senders_are_served_in_rounds() -> None:
    """Who sent a hundred waits behind who sent one; each sender's own order is kept."""
    line = line_of(("a", 1), ("a", 2), ("a", 3), ("b", 1), ("c", 1), ("b", 2))
    assert served(line) == [("a", 1), ("b", 1), ("c", 1), ("a", 2), ("b", 2), ("a", 3)]


def test_nobody_waits_in_an_empty_line() -> None:
    """There is nothing to serve, and no sender is remembered."""
    line = line_of(("a", 1))
    line.serve()
    assert len(line) == 0
    with pytest.raises(KeyError):
        line.serve()


def test_who_leaves_is_passed_over() -> None:
    """A ticket that left, or was served, may leave again without harm."""
    line = line_of(("a", 1), ("a", 2), ("b", 1))
    line.leave("a", ("a", 1))
    line.leave("a", ("a", 1))
    line.leave("b", ("b", 1))
    line.leave("nobody", ("nobody", 1))
    assert served(line) == [("a", 2)]


@pytest.mark.parametrize(
    ("tickets", "sender", "ahead"),
    [
        ([], "a", 0),
        ([("a", 1), ("a", 2)], "a", 2),
        ([("a", 1), ("a", 2)], "b", 1),  # one round
        ([("a", 1), ("a", 2), ("b", 1), ("c", 1)], "b", 4),  # a1 b1 c1 a2, then b2
    ],
)
def test_how_many_come_first(tickets: list[tuple[str, int]], sender: str, ahead: int) -> None:
    """What is counted is what would be served before another ticket of the sender."""
    line = line_of(*tickets)
    assert line.ahead_of(sender) == ahead
    line.join(sender, (sender, 99))
    assert served(line).index((sender, 99)) == ahead
