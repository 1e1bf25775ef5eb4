"""Photos that come as a file part, or as the whole body."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from framed.errors import Code, FramedError
from framed.intake.upload import from_body, from_part
from framed.photo import PhotoBytes
from tests.limits import within


@dataclass
class Part:
    """A file part; `asked` notes how much of it was read."""

    data: bytes
    content_type: str | None = "image/jpeg"
    filename: str | None = "a.jpg"
    size: int | None = None
    asked: list[int] = field(default_factory=list)

    async def read(self, size: int = -1) -> bytes:
        self.asked.append(size)
        return self.data if size < 0 else self.data[:size]


def refusal_of(part: Part) -> FramedError:
    with pytest.raises(FramedError) as refused:
        asyncio.run(from_part(part, within(100)))
    return refused.value


def test_a_part_becomes_bytes_with_its_name() -> None:
    """The file's own name is kept, nothing is done to the bytes."""
    photo = asyncio.run(from_part(Part(b"x" * 100), within(100)))
    assert photo == PhotoBytes(b"x" * 100, "upload", "a.jpg")


def test_a_part_known_to_be_too_large_is_not_read() -> None:
    """Its stated size is enough to refuse it."""
    part = Part(b"x" * 101, size=101)
    assert refusal_of(part).code is Code.TOO_LARGE
    assert part.asked == []


def test_a_part_of_unknown_size_is_read_to_the_limit_only() -> None:
    """One byte beyond the limit says enough, even where the stated size lies."""
    for size in (None, 5):
        part = Part(b"x" * 10_000, size=size)
        assert refusal_of(part).code is Code.TOO_LARGE
        assert part.asked == [101]


def test_an_empty_part_is_refused() -> None:
    """A file of no bytes is no photo, whether its size is stated or not."""
    assert refusal_of(Part(b"", size=0)).code is Code.EMPTY
    assert refusal_of(Part(b"")).code is Code.EMPTY


def test_a_part_that_is_plainly_no_image_is_not_read() -> None:
    """The declared type is looked at first."""
    part = Part(b"hello", content_type="text/plain")
    assert refusal_of(part).code is Code.NOT_AN_IMAGE
    assert part.asked == []


def test_a_body_is_the_photo() -> None:
    """Raw bytes are taken whole, under the same rules."""
    assert from_body(b"x", "image/jpeg", within(100)) == PhotoBytes(b"x", "body")
    for data, declared, code in [
        (b"", "image/jpeg", Code.EMPTY),
        (b"x" * 101, None, Code.TOO_LARGE),
        (b"x", "text/plain", Code.NOT_AN_IMAGE),
    ]:
        with pytest.raises(FramedError) as refused:
            from_body(data, declared, within(100))
        assert refused.value.code is code
