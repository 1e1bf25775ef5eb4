"""Photos are counted once each, by their end."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from contextvars import Context

import pytest

from framed.errors import Code, FramedError
from framed.telemetry.photos import PhotosOfRequest, a_photo
from tests.telemetry.counting import counter

NAME = "framed_photos_total"


@pytest.fixture(autouse=True)
def _no_request() -> None:
    """Each test begins outside of any request."""
    PhotosOfRequest().close("")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (FramedError(Code.TRUNCATED, "cut"), "truncated"),
        (TimeoutError(), "deadline"),
        (ValueError(), "internal"),
    ],
)
def test_a_photo_that_fails_is_counted_by_its_error(error: Exception, outcome: str) -> None:
    """Under the format of its bytes."""
    seen = counter(NAME, format="PNG", outcome=outcome)
    with suppress(type(error)), a_photo("PNG"):
        raise error
    assert seen() == 1


def test_a_good_photo_is_ok() -> None:
    """Its format may be known later than itself."""
    seen = counter(NAME, format="GIF", outcome="ok")
    with a_photo() as photo:
        photo.is_of("GIF")
    assert seen() == 1


@pytest.mark.parametrize(("code", "outcome"), [("deadline", "deadline"), ("", "cancelled")])
def test_one_that_is_cut_off_ends_as_its_request(code: str, outcome: str) -> None:
    """Only the edge knows why."""
    seen = counter(NAME, format="BMP", outcome=outcome)
    late = counter(NAME, format="TIFF", outcome=outcome)

    async def scenario() -> None:
        request = PhotosOfRequest()
        first, second = asyncio.Event(), asyncio.Event()
        early = asyncio.create_task(_held("BMP", first))
        slow = asyncio.create_task(_held("TIFF", second))
        await asyncio.sleep(0)
        early.cancel()
        await asyncio.wait([early])
        assert seen() == 0
        request.close(code)
        slow.cancel()  # a batch does not wait for what it stops
        await asyncio.wait([slow])

    asyncio.run(scenario())
    assert (seen(), late()) == (1, 1)


def test_outside_of_a_request_it_is_counted_at_once() -> None:
    """As where Framed is used without a server."""
    seen = counter(NAME, format="BMP", outcome="cancelled")

    def cancelled() -> None:
        with suppress(asyncio.CancelledError), a_photo("BMP"):
            raise asyncio.CancelledError

    Context().run(cancelled)
    assert seen() == 1


@pytest.mark.parametrize(("code", "count"), [("too_large", 1), ("invalid_parameter", 0), ("", 0)])
def test_one_refused_at_the_door_is_counted_too(code: str, count: int) -> None:
    """What is said of the photo, not of the question."""
    seen = counter(NAME, format="unknown", outcome=code)
    PhotosOfRequest().close(code)
    assert seen() == count


def test_one_that_was_counted_is_not_counted_at_the_door() -> None:
    """A request with an error has one photo, not two."""
    seen = counter(NAME, format="unknown", outcome="empty")
    request = PhotosOfRequest()
    with suppress(FramedError), a_photo():
        raise FramedError(Code.EMPTY, "nothing")
    request.close("empty")
    assert seen() == 1


async def _held(format: str, gate: asyncio.Event) -> None:
    with a_photo(format):
        await gate.wait()
