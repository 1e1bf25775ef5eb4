"""Photos written into JSON as base64."""

from __future__ import annotations

import base64
import tracemalloc
from pathlib import Path

import pytest

from framed.errors import Code, FramedError
from framed.intake.inline import from_text
from tests.limits import within

DATA = bytes(range(256)) + b"\xff\xfe"
TEXT = base64.b64encode(DATA).decode()
WRAPPED = base64.encodebytes(DATA).decode()


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        WRAPPED,
        WRAPPED.replace("\n", "\r\n"),
        f"  {TEXT}\n",
        f"data:image/jpeg;base64,{TEXT}",
        f"data:image/jpeg;base64,{WRAPPED}",
        f"DATA:Image/JPEG;name=a.jpg;charset=x;BASE64,{TEXT}",
        f" data:;base64,{TEXT}",
        f"data:application/octet-stream;base64,{TEXT}",
    ],
    ids=["bare", "wrapped", "crlf", "blanks", "uri", "wrapped uri", "parameters", "no type", "any"],
)
def test_base64_in_every_usual_dress(text: str) -> None:
    """Bare or as a data URI, with line breaks or without: the same bytes."""
    photo = from_text(text, within(len(DATA)))
    assert (photo.data, photo.origin) == (DATA, "inline")


@pytest.mark.parametrize(
    "text",
    [
        "no base64!",
        TEXT[:-1],
        "é" * 8,
        "\ud800",
        "http://127.0.0.1/a.jpg",
        "/etc/hostname",
        "file:///etc/hostname",
        f"data:image/jpeg,{TEXT}",
        f"data:image/jpeg;base64{TEXT}",
        "data:",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """Other text, a web address and a path included, is neither fetched nor opened nor guessed."""
    with pytest.raises(FramedError) as refused:
        from_text(text, within(1000))
    assert refused.value.code is Code.INVALID_BASE64


def test_a_path_that_happens_to_be_base64_is_not_opened(tmp_path: Path) -> None:
    """Text is decoded, whatever lies on the disk by that name."""
    assert from_text("/tmp", within(1000)).data == base64.b64decode("/tmp")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", Code.EMPTY),
        (" \n", Code.EMPTY),
        ("data:image/png;base64,", Code.EMPTY),
        (base64.b64encode(bytes(101)).decode(), Code.TOO_LARGE),
        (f"data:text/html;base64,{TEXT}", Code.NOT_AN_IMAGE),
        (f"data:application/pdf;base64,{TEXT}", Code.UNSUPPORTED_FORMAT),
    ],
    ids=["nothing", "blanks", "empty uri", "too large", "text", "document"],
)
def test_the_rules_of_every_photo_hold(text: str, code: Code) -> None:
    """Size and declared type are checked as for any other way in."""
    with pytest.raises(FramedError) as refused:
        from_text(text, within(100))
    assert refused.value.code is code


@pytest.mark.parametrize("filling", [";", ";a", " ", ";base64", "x"])
def test_a_hostile_head_costs_little(filling: str) -> None:
    """A megabyte before the comma is refused without many megabytes of memory."""
    text = "data:" + filling * (2**20 // len(filling))
    tracemalloc.start()
    try:
        with pytest.raises(FramedError):
            from_text(text, within(100))
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()
