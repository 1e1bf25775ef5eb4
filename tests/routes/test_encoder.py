"""`/encode_image` over fake runners: the good photos of a batch with a bad one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.photos import GREEN, RED, jpeg
from tests.routes.conftest import Send

GOOD, BAD = ("a.jpg", jpeg(RED), "image/jpeg"), ("b.jpg", b"x" * 99, "image/jpeg")
FILM = ("c.mp4", b"x", "video/mp4")


def photos(*files: tuple[str, bytes, str]) -> list[tuple[str, Any]]:
    return [("image", each) for each in files]


@pytest.mark.parametrize(
    "asked",
    [
        {"params": {"on_error": "null"}},
        {"data": {"on_error": "null"}},
        {"data": {"on_error": '"null"'}},
    ],
    ids=["query", "form", "form of the SDK"],
)
def test_the_good_photos_are_answered(asked: dict[str, Any], send: Send) -> None:
    """Null stands in the place of each bad one, and a header says which and why."""
    green = ("d.jpg", jpeg(GREEN), "image/jpeg")
    answer = send("POST", "/encode_image", files=photos(GOOD, BAD, FILM, green), **asked)
    red, *bad, last = answer.json()
    assert (bad, len(red), len(last)) == ([None, None], 3, 3)
    assert answer.headers["x-errors"] == "1 not_an_image, 2 not_an_image"
    assert [red] == [send("POST", "/encode_image", files=photos(GOOD)).json()]


def test_one_photo_alone(send: Send) -> None:
    """Its list, or null."""
    asked = {"params": {"on_error": "null"}}
    assert len(send("POST", "/encode_image", files=photos(GOOD), **asked).json()) == 3
    answer = send("POST", "/encode_image", files=photos(BAD), **asked)
    assert (answer.json(), answer.headers["x-errors"]) == (None, "0 not_an_image")


@pytest.mark.parametrize("bad", [BAD, FILM], ids=["broken", "no photo by its type"])
def test_by_default_the_first_bad_one_refuses_the_call(bad: Any, send: Send) -> None:
    """By its place, wherever it is found out."""
    answer = send("POST", "/encode_image", files=photos(GOOD, bad, GOOD))
    assert answer.status_code == 400
    assert answer.json()["error"]["details"]["index"] == 1
    assert answer.json()["error"]["message"].startswith("Input 2 of 3: ")
    assert "x-errors" not in send("POST", "/encode_image", files=photos(GOOD, GOOD)).headers
