"""A photo named in JSON: itself as text, or a web address, and never a path."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from framed.errors import Code, FramedError
from framed.intake.guard import UrlGuard
from framed.intake.reference import from_reference
from framed.photo import PhotoBytes
from tests.limits import within

PHOTO = b"\xff\xd8 a photo, more or less"
TEXT = base64.b64encode(PHOTO).decode()


def read(text: str, limit: int = 1000) -> PhotoBytes:
    return asyncio.run(from_reference(text, UrlGuard(), within(limit)))


@pytest.mark.parametrize(
    "text", [TEXT, f"data:image/jpeg;base64,{TEXT}", f" {TEXT[:9]}\n{TEXT[9:]}"]
)
def test_the_photo_itself(text: str) -> None:
    """A data URI, or its base64 alone."""
    assert read(text) == PhotoBytes(PHOTO, "inline")


@pytest.mark.parametrize(
    "text",
    ["http://127.0.0.1:1/a.jpg", "HTTPS://x.example/a.jpg", " http://x.example/", "ftp://x/a"],
)
def test_a_web_address_is_the_guards_business(text: str) -> None:
    """Which lets nothing through unless the operator allows it."""
    with pytest.raises(FramedError) as refused:
        read(text)
    assert refused.value.code is Code.FORBIDDEN_URL


def test_a_path_is_nothing_of_the_kind(tmp_path: Path) -> None:
    """It is not opened, whether or not something is there, and refused the same."""
    there = tmp_path / "a.jpg"
    there.write_bytes(PHOTO)
    for path in (str(there), str(tmp_path / "b.jpg")):
        with pytest.raises(FramedError) as refused:
            read(path)
        assert refused.value.code is Code.INVALID_BASE64
    with pytest.raises(FramedError) as refused:
        read(f"file://{there}")
    assert refused.value.code is Code.FORBIDDEN_URL


def test_the_limit_holds() -> None:
    """In bytes of photo, not of text."""
    assert len(read(TEXT, len(PHOTO)).data) == len(PHOTO)
    with pytest.raises(FramedError) as refused:
        read(TEXT, len(PHOTO) - 1)
    assert refused.value.code is Code.TOO_LARGE
