"""Bytes to a `Photo`: sniffed, refused by header, decoded once, made upright sRGB of 8 bits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile

from framed.imaging.colour import to_srgb
from framed.imaging.formats import Format, sniff
from framed.imaging.opening import has_more_frames, open_header, stored_size
from framed.imaging.orientation import SIDEWAYS, read_orientation, turn_upright
from framed.imaging.refusals import refusals
from framed.imaging.shrink import shrink_divisor, shrink_on_load, shrunk
from framed.imaging.tiff import orientation_tag
from framed.photo import DecodeSpec, Photo

_TURNED_BY_DECODER = {"TIFF", "HEIC"}  # upright once loaded; turning again would spoil them


@dataclass(frozen=True)
class Header:
    """What a file says of itself: its format and stored size, before it is turned upright.

    `decoded_megapixels` (millions) is what decoding will allocate, after any shrink on load.
    """

    format: Format
    width: int
    height: int
    decoded_megapixels: float


def read_header(data: bytes, spec: DecodeSpec) -> Header:
    """The header of a picture, checked against the limits of `spec`; no pixel is decoded.

    Raises `FramedError`: `empty`, `not_an_image`, `unsupported_format`, `unsupported_mode`,
    `truncated`, `corrupt`, `too_many_pixels`, `bad_dimensions`.
    """
    format = sniff(data)
    with refusals(data, format):
        image = open_header(data, format, spec)
        width, height = stored_size(image)
    divisor = _divisor(image, spec)
    pixels = shrunk(width, divisor) * shrunk(height, divisor)
    return Header(format, width, height, pixels / 1e6)


def decode(data: bytes, spec: DecodeSpec) -> Photo:
    """The first picture of a file as a `Photo`: upright, RGB uint8, sRGB, flat on white.

    Only a JPEG may come out smaller than it is stored (shrink on load, see `DecodeSpec`).
    Raises `FramedError` with the codes of `read_header`.
    """
    format = sniff(data)
    with refusals(data, format):
        image = open_header(data, format, spec)
        return _decode(image, format, data, spec)


def _decode(image: ImageFile, format: Format, data: bytes, spec: DecodeSpec) -> Photo:
    size, divisor = image.size, _divisor(image, spec)
    if isinstance(image, JpegImageFile):
        shrink_on_load(image, divisor)
    turned = orientation_tag(image)
    image.load()
    rgb, done = to_srgb(image)
    orientation = 1 if format in _TURNED_BY_DECODER else read_orientation(image)
    upright = turn_upright(rgb, orientation)
    original = size if divisor > 1 else rgb.size
    return Photo(
        pixels=np.asarray(upright),
        original_size=original[::-1] if orientation in SIDEWAYS else original,
        format=format,
        applied=(
            *_named("shrink", divisor),
            *(("first_frame",) if has_more_frames(data, format) else ()),
            *done,
            *_named("orientation", turned if orientation == 1 else orientation),
        ),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _divisor(image: ImageFile, spec: DecodeSpec) -> int:
    return shrink_divisor(*image.size, spec) if isinstance(image, JpegImageFile) else 1


def _named(step: str, value: int) -> tuple[str, ...]:
    """The step as `applied` names it; nothing for 1, which changes nothing."""
    return (f"{step}:{value}",) if value != 1 else ()
