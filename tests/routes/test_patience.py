"""A slow sender is waited for, a stalled or an endlessly slow one is not."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message

from framed.errors import Code, FramedError
from framed.routes import patience
from framed.routes.patience import Patience


def receiving(sizes: list[int], every: float, grace: float, **asked: float) -> int:
    """Messages that come through of a sender of pieces of `sizes`, one `every` seconds."""

    async def scenario() -> int:
        waiting = Patience(asked.get("piece", 5.0), int(asked.get("rate", 0)))

        async def receive() -> Message:
            await asyncio.sleep(every)
            return {"type": "http.request", "body": bytes(sizes[come]), "more_body": True}

        for come in range(len(sizes)):
            try:
                await waiting.next(receive)
            except FramedError as refusal:
                return come if refusal.code is Code.STALLED else -1
        return len(sizes)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(patience, "GRACE_SECONDS", grace)
        return asyncio.run(scenario())


def test_no_piece_comes() -> None:
    """Each piece has its own time."""
    assert receiving([1] * 3, every=0.5, grace=60, piece=0.05) == 0


def test_a_dribble_ends() -> None:
    """Once the grace is over, what came has to be worth the wait."""
    assert 0 < receiving([1] * 50, every=0.02, grace=0.2, rate=1000) < 50


def test_a_steady_sender_is_waited_for() -> None:
    """However long it takes."""
    assert receiving([1000] * 30, every=0.02, grace=0.1, rate=1000) == 30


def test_a_quick_start_buys_no_more_than_the_grace() -> None:
    """Who sent much at first cannot hold its place with a dribble for the rest of the hour."""
    assert 1 < receiving([10**6] + [1] * 50, every=0.02, grace=0.2, rate=1000) < 50


@pytest.mark.parametrize("rate", [0, 1000])
def test_nobody_is_waited_for_without_end(rate: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However steadily the body comes."""
    monkeypatch.setattr(patience, "LONGEST_SECONDS", 0.2)
    assert 0 < receiving([1000] * 50, every=0.02, grace=60, rate=rate) < 50


def test_any_rate_will_do() -> None:
    """Where none is asked for."""
    assert receiving([1] * 30, every=0.02, grace=0.1, rate=0) == 30
