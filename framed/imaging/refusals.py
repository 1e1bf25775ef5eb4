"""The one place where a decoder's exceptions become our refusals: truncated, corrupt, too large."""

from __future__ import annotations

import logging
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from PIL.Image import DecompressionBombError

from framed.errors import Code, FramedError
from framed.imaging.formats import Format
from framed.imaging.truncation import is_cut

_log = logging.getLogger(__name__)

_KNOWN_FAULTS = (
    OSError,  # most decoders; also Pillow's UnidentifiedImageError
    SyntaxError,  # a header that a Pillow plugin does not accept
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    RuntimeError,  # libheif, libavif
    EOFError,
    AssertionError,
    AttributeError,
    struct.error,
    zlib.error,
)
_UNSUPPORTED_WORDS = (  # Pillow tells these faults from damage only in words
    "unknown pixel mode",
    "unknown data organization",
    "cannot handle",
    "unsupported bmp",
)


@contextmanager
def refusals(data: bytes, format: Format) -> Iterator[None]:
    """Turns whatever a decoder raises inside the block into `FramedError`.

    `truncated` where the file breaks off, `too_many_pixels` where memory or the decoder's own
    limit was reached, `unsupported_mode` where it says so, otherwise `corrupt`.
    """
    try:
        yield
    except FramedError:
        raise
    except (MemoryError, DecompressionBombError) as fault:
        raise FramedError(
            Code.TOO_MANY_PIXELS, "The picture is too large to decode; send a smaller one."
        ) from fault
    except _KNOWN_FAULTS as fault:
        raise _refusal(fault, data, format) from fault
    except Exception as fault:  # the door: whatever a decoder invents must cost this photo only
        _log.warning("a decoder raised %s", type(fault).__name__, exc_info=fault)
        raise _refusal(fault, data, format) from fault


def _refusal(fault: Exception, data: bytes, format: Format) -> FramedError:
    words = str(fault).lower()
    if any(known in words for known in _UNSUPPORTED_WORDS):
        return unsupported_mode(f"this kind of {format}")
    if "truncated" in words or is_cut(data, format):
        return FramedError(
            Code.TRUNCATED, f"The {format} file breaks off before its end; send the whole file."
        )
    return FramedError(
        Code.CORRUPT, f"The {format} file is damaged and cannot be decoded; send an intact one."
    )


def unsupported_mode(what: str) -> FramedError:
    """The refusal of pixels of a kind (`what`) that has no sure way to 8-bit RGB."""
    return FramedError(
        Code.UNSUPPORTED_MODE,
        f"The picture's pixels are {what}, which cannot be shown faithfully; send 8 or 16 bits.",
    )
