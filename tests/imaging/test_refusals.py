"""`framed.imaging.refusals`: every exception of a decoder leaves as a `FramedError`."""

from __future__ import annotations

import struct

import pytest
from PIL.Image import DecompressionBombError

from framed.errors import Code, FramedError
from framed.imaging.refusals import refusals
from tests.imaging.pictures import encoded, scene


class InventedError(Exception):
    """An exception that no decoder is known to raise."""


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (OSError("broken data stream"), Code.CORRUPT),
        (OSError("image file is truncated (3 bytes not processed)"), Code.TRUNCATED),
        (SyntaxError("unknown pixel mode"), Code.UNSUPPORTED_MODE),
        (struct.error("unpack requires a buffer of 4 bytes"), Code.CORRUPT),
        (MemoryError(), Code.TOO_MANY_PIXELS),
        (DecompressionBombError("huge"), Code.TOO_MANY_PIXELS),
        (InventedError(), Code.CORRUPT),
        (FramedError(Code.BAD_DIMENSIONS, "One side is too long."), Code.BAD_DIMENSIONS),
    ],
    ids=lambda value: f"{value!r}"[:40],
)
def test_each_fault_becomes_a_refusal(fault, code):
    """Known, unknown and our own exceptions all end as one error with a code."""
    data = encoded(scene(), "PNG")
    with pytest.raises(FramedError) as refused, refusals(data, "PNG"):
        raise fault
    assert refused.value.code is code


def test_no_refusal_without_a_fault():
    """A block that goes well is left alone."""
    with refusals(b"", "PNG"):
        done = True
    assert done
