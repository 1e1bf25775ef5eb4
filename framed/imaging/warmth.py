"""Everything that decoding needs, loaded and tried once before anybody waits for it."""

from __future__ import annotations

import base64
import sys
from contextlib import suppress

from framed.imaging.prepare import prepare
from framed.imaging.reduce import use_one_thread
from framed.imaging.views import PLANES
from framed.photo import DecodeSpec, SquareSpec, ViewSpec

_ONE_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC"
)
_LOADING = "OpenCV_LOADER"  # the mark of OpenCV's loader against recursion; it outlives a failure


def warm_up() -> None:
    """Loads OpenCV and every decoder, and decodes a picture; later calls cost next to nothing.

    Raises what keeps it from that: descriptors or memory that are not there. It may be called again
    then.
    """
    try:
        use_one_thread()
    except BaseException:
        if hasattr(sys, _LOADING):
            delattr(sys, _LOADING)
        raise
    with suppress(ImportError):  # not installed, which each HEIC is told
        import pillow_heif  # noqa: F401
    prepare(_ONE_PIXEL, DecodeSpec(), ViewSpec((SquareSpec(8),), tuple(PLANES)))
