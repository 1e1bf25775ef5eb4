"""Bodies that call themselves a form and are none: what curl's --data-binary says by itself.

A photo is known by its bytes. All else is told how to be sent, before anything is parsed: a photo
read as a form is one name of megabytes.
"""

from __future__ import annotations

import codecs
import re

from framed.errors import Code, FramedError
from framed.imaging.formats import sniff

HEAD_BYTES = 512  # that tell what a body is
PHOTO = "application/octet-stream"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BROKEN_JPEG = re.compile(  # a zero ends the name of its first segment, and none does
    rb"\xff\xd8\xff[\xe0\xe1].{0,2}(JFIF|Exif)[^\0]", re.S
)
_JSON = (b'{"', b'["', b"[{", b"[]", b"{}")


def true_type(head: bytes, photo_as: str) -> str | None:
    """The Content-Type that a body with these first bytes should have; None: it may be a form.

    `photo_as` says how a photo is sent to the route, empty: it takes none. Raises
    `unsupported_format` for a file that is no photo, `corrupt` for a photo that lost bytes, and
    `invalid_body` for JSON and what is no text.
    """
    try:
        sniff(head)
    except FramedError as refusal:
        if refusal.code is Code.UNSUPPORTED_FORMAT:
            raise FramedError(refusal.code, f"{refusal.message} {_how(photo_as)}") from None
    else:
        return _whole_photo(head, photo_as)
    if b"".join(head[:64].split()).startswith(_JSON):
        raise FramedError(
            Code.INVALID_BODY,
            "The body is JSON and is declared as a form; send it with "
            "--header 'Content-Type: application/json'.",
        )
    if not _is_text(head):
        what = "neither a photo nor a form" if photo_as else "no form"
        raise FramedError(Code.INVALID_BODY, f"The body is {what}. {_how(photo_as)}")
    return None


def _how(photo_as: str) -> str:
    if photo_as:
        return f"Send a photo {photo_as}."
    return "Send JSON with --header 'Content-Type: application/json'; this route takes no files."


def _whole_photo(head: bytes, photo_as: str) -> str:
    if _BROKEN_JPEG.match(head) and not any(byte in head for byte in b"\0\r\n"):
        raise FramedError(
            Code.CORRUPT,
            f"The photo lost its line breaks and zeros, as curl's -d does. {_how(photo_as)}",
        )
    return PHOTO


def _is_text(head: bytes) -> bool:
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)  # it may end in mid-letter
    except UnicodeDecodeError:
        return False
    return _CONTROL.search(text) is None
