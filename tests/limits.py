"""Limits on a photo's bytes, as tests set them."""

from __future__ import annotations

from framed.size_limit import PhotoLimits, SizeLimit


def within(size: int) -> SizeLimit:
    """At most `size` bytes."""
    return SizeLimit(size, "FRAMED_MAX_PHOTO_BYTES")


def limits_of(size: int) -> PhotoLimits:
    """At most `size` bytes, whichever way a photo comes."""
    return PhotoLimits(within(size), within(size))
