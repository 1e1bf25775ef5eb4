"""Bytes to views in one call that needs nothing else: the unit of work of a thread or a process."""

from __future__ import annotations

from dataclasses import dataclass

from framed.imaging.decode import decode as decode_photo
from framed.imaging.views import make_views
from framed.photo import DecodeSpec, Photo, PhotoFacts, Views, ViewSpec


@dataclass(frozen=True)
class Prepared:
    """What a photo's bytes became: its views, and the facts that outlive its pixels."""

    facts: PhotoFacts
    views: Views


def prepare(data: bytes, decode: DecodeSpec, views: ViewSpec) -> Prepared:
    """Checks the header, decodes, makes the views; picklable, and leaves nothing open.

    Raises `FramedError` with the codes of `framed.imaging.decode`, and nothing else for any bytes.
    """
    photo = decode_photo(data, decode)
    finest = _finest(photo, data, decode) if views.likeness else None
    return Prepared(_facts(photo), make_views(photo, views, finest))


def _finest(photo: Photo, data: bytes, decode: DecodeSpec) -> Photo:
    """The photo with so many of its own pixels as it is compared by; itself where it has them.

    A second time, so that its other figures are the same whether it is compared or not.
    """
    if max(photo.pixels.shape[:2]) >= min(decode.compared_side, max(photo.original_size)):
        return photo
    return decode_photo(data, decode.to_compare())


def _facts(photo: Photo) -> PhotoFacts:
    height, width = photo.pixels.shape[:2]
    return PhotoFacts(
        original_size=photo.original_size,
        decoded_size=(width, height),
        format=photo.format,
        applied=photo.applied,
        sha256=photo.sha256,
    )
