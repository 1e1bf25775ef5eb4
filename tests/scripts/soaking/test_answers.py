"""What counts as a failure, and what the figures are of."""

from __future__ import annotations

import pytest

from scripts.soaking.answers import BAD, LEFT, Answer, failures, latencies, percentiles, statuses


def answer(status: int, ask: str = "classify", at: float = 0.0, **more: object) -> Answer:
    return Answer(ask, at, 0.1, status, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "is_failure"),
    [
        (answer(200), False),
        (answer(400), True),
        (answer(400, ask=BAD), False),
        (answer(500, ask=BAD), True),
        (answer(503, retry_after=True), False),
        (answer(503), True),
        (answer(500, retry_after=True), True),
        (answer(504), True),
        (answer(0, fault="ServerDisconnectedError"), True),
        (answer(0, ask=LEFT, fault="TimeoutError"), False),
    ],
)
def test_failures_are_what_nobody_may_see(one: Answer, is_failure: bool) -> None:
    """A refusal that is not deserved, but for "come back later", and no answer at all to those who
    waited."""
    assert bool(failures([one])) is is_failure


def test_statuses_are_counted_by_ask() -> None:
    """Each ask with its own statuses."""
    counted = statuses([answer(200), answer(200), answer(400), answer(200, ask="features")])
    assert counted == {"classify": {200: 2, 400: 1}, "features": {200: 1}}


def test_latencies_are_of_good_answers_in_windows() -> None:
    """In milliseconds, a window each, at its middle; refusals are quick and do not count."""
    found = latencies([answer(200, at=1), answer(400, at=1), answer(200, at=25)], 10)
    assert [at for at, _ in found] == [5.0, 25.0]
    assert found[0][1] == pytest.approx((100, 100, 100))
    assert percentiles([]) == (0, 0, 0)
