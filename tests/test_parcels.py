"""Parcels: values cross between processes as they are, and errors as values."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import numpy as np
import pytest

from framed.errors import Code, FramedError
from framed.parcels import answer_packed, open_answer, pack, unpack
from framed.questions import RankQuestion
from framed.results import RankedLabel, Ranking
from tests.fakes import FACTS

logger = logging.getLogger("framed.test")


def sent(answer: Any) -> dict[str, bytes]:
    """What `answer` (a value, or an exception to raise) is packed as."""

    async def work() -> Any:
        if isinstance(answer, BaseException):
            raise answer
        return answer

    return asyncio.run(answer_packed(work(), logger))


@pytest.mark.parametrize(
    "value",
    [None, ["a", "b"], RankQuestion(labels=("a",), temperature=0.5), FACTS, 0.1 + 0.2],
    ids=["none", "list", "question", "facts", "float"],
)
def test_a_value_arrives_as_it_left(value: object) -> None:
    """Dataclasses stay dataclasses, tuples stay tuples, numbers keep every bit."""
    assert unpack(pack(value)) == value
    assert open_answer(sent(value)) == value


def test_an_embedding_arrives_bit_for_bit() -> None:
    """Arrays inside a result keep type, shape and bits."""
    vector = np.random.default_rng(1).normal(size=16).astype(np.float32)
    ranking = Ranking((RankedLabel("a", 1.0, 0.2),), 1, "b", "c", vector)
    again = open_answer(sent(ranking))
    assert again.results == ranking.results
    np.testing.assert_array_equal(again.embedding, vector)
    assert again.embedding.dtype == np.float32


def test_a_refusal_arrives_whole() -> None:
    """Code, message, details and the seconds to wait cross the hop."""
    refusal = FramedError(Code.OVERLOADED, "later", details={"depth": 9}, retry_after=3)
    with pytest.raises(FramedError) as raised:
        open_answer(sent(refusal))
    assert raised.value.as_value() == refusal.as_value()


def test_a_surprise_keeps_its_words_here(caplog: pytest.LogCaptureFixture) -> None:
    """The trace is logged where it happened; the other side learns a code and nothing else."""
    parcel = sent(ValueError("/secret/path"))
    with pytest.raises(FramedError) as raised:
        open_answer(parcel)
    assert raised.value.code is Code.INTERNAL
    assert "secret" not in raised.value.message
    assert "/secret/path" in caplog.text


def test_a_cancelled_call_is_not_an_answer() -> None:
    """Cancellation is passed on, never packed."""
    with pytest.raises(asyncio.CancelledError):
        sent(asyncio.CancelledError())
