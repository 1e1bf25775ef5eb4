"""Bytes to a `Photo`: sniffed, refused by header, decoded once, made upright sRGB of 8 bits."""

from __future__ import annotations

import hashlib

import numpy as np
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile

from framed.imaging.colour import Done, to_srgb
from framed.imaging.file_facts import file_facts
from framed.imaging.formats import Format, sniff
from framed.imaging.opening import has_more_frames, open_header
from framed.imaging.orientation import read_orientation, turn_upright, upright_size
from framed.imaging.refusals import refusals
from framed.imaging.shrink import TURNED_BY_DECODER, divisor_for, shrink_on_load
from framed.imaging.strips import IN_STRIPS_ABOVE, upright_srgb
from framed.imaging.taken import Taken, time_taken
from framed.imaging.tiff import orientation_tag
from framed.imaging.turbo import is_ordinary, upright_pixels
from framed.photo import DecodeSpec, Photo, Pixels


def decode(data: bytes, spec: DecodeSpec) -> Photo:
    """The first picture of a file as a `Photo`: upright, RGB uint8, sRGB, flat on white.

    A JPEG may come out smaller than it is stored (shrink on load, see `DecodeSpec`), and so may any
    picture above 16 megapixels. Raises `FramedError` with the codes of `read_header`, which is to
    be asked first where the file is a stranger's: it alone counts scans.
    """
    format = sniff(data)
    with refusals(data, format):
        image = open_header(data, format, spec)
        return _decode(image, format, data, spec)


def _decode(image: ImageFile, format: Format, data: bytes, spec: DecodeSpec) -> Photo:
    divisor, size = divisor_for(format, *image.size, spec), image.size
    turned = orientation_tag(image)
    pixels, done, orientation = _pixels(image, format, data, divisor)
    original = image.size if format != "JPEG" else size
    taken = Taken() if format == "TIFF" else time_taken(image)  # whose file is closed by now
    return Photo(
        pixels=pixels,
        original_size=upright_size(original, orientation),
        format=format,
        applied=(
            *_named("shrink", divisor),
            *(("first_frame",) if has_more_frames(data, format) else ()),
            *done,
            *_named("orientation", turned if orientation == 1 else orientation),
        ),
        sha256=hashlib.sha256(data).hexdigest(),
        hour=taken.hour,
        file=file_facts(image, len(data), taken),
    )


def _pixels(
    image: ImageFile, format: Format, data: bytes, divisor: int
) -> tuple[Pixels, Done, int]:
    """The upright pixels, the steps taken, and the orientation that was applied."""
    if isinstance(image, JpegImageFile):
        if is_ordinary(image):
            orientation = read_orientation(image)
            pixels = upright_pixels(data, image.size, divisor, orientation)
            if pixels is not None:
                return pixels, (), orientation
        shrink_on_load(image, divisor)
        divisor = 1
    image.load()
    orientation = 1 if format in TURNED_BY_DECODER else read_orientation(image)
    return *_upright_srgb(image, divisor, orientation), orientation


def _upright_srgb(image: ImageFile, divisor: int, orientation: int) -> tuple[Pixels, Done]:
    if divisor > 1 or image.width * image.height > IN_STRIPS_ABOVE:
        return upright_srgb(image, divisor, orientation)
    rgb, done = to_srgb(image)
    return np.asarray(turn_upright(rgb, orientation)), done


def _named(step: str, value: int) -> tuple[str, ...]:
    """The step as `applied` names it; nothing for 1, which changes nothing."""
    return (f"{step}:{value}",) if value != 1 else ()
