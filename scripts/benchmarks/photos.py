"""The photos that rows are measured on: JPEG files of one size, whatever the folder holds."""

from __future__ import annotations

from pathlib import Path

import cv2

from framed.errors import FramedError
from framed.imaging.prepare import prepare
from framed.photo import RGB, DecodeSpec, ViewSpec

LONG_SIDE = 1024  # of the RGB view
_QUALITY = 92  # as cameras and phones write


def load_jpegs(folder: Path) -> list[bytes]:
    """The photos of `folder`, by name, as JPEG with a long side of 1024 px.

    Larger ones are reduced, smaller ones are passed over unless there are no others; so are files
    that are no photos. JPEG files of that size come as they are, upright or not.
    """
    sized = [jpeg for path in sorted(folder.iterdir()) if path.is_file() and (jpeg := _jpeg(path))]
    full = [data for data, long_side in sized if long_side >= LONG_SIDE]
    return full or [data for data, _ in sized]


def _jpeg(path: Path) -> tuple[bytes, int] | None:
    """The photo as JPEG of at most 1024 px, and its own long side; None of what is no photo."""
    data = path.read_bytes()
    try:
        prepared = prepare(data, DecodeSpec(min_long_side=LONG_SIDE), ViewSpec(planes=(RGB,)))
    except FramedError:
        return None
    long_side = max(prepared.facts.original_size)
    if prepared.facts.format == "JPEG" and long_side <= LONG_SIDE:
        return data, long_side
    bgr = cv2.cvtColor(prepared.views.planes[RGB], cv2.COLOR_RGB2BGR)
    encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
    return encoded.tobytes(), long_side
