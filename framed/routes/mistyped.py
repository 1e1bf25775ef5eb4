"""Bodies that call themselves a form and are none: what curl's --data-binary says by itself.

A photo is known by its bytes. All else is told how to be sent, before anything is parsed: a photo
read as a form is one name of megabytes.
"""

from __future__ import annotations

import codecs

from framed.errors import Code, FramedError
from framed.imaging.formats import sniff
from framed.routes.limits import AS_A_PHOTO

HEAD_BYTES = 512  # that tell what a body is
PHOTO = "application/octet-stream"
_BREAKS = "\r\n\t"
_JSON = (b'{"', b'["', b"[{", b"[]", b"{}")


def true_type(head: bytes) -> str | None:
    """The Content-Type that a body with these first bytes should have; None: it may be a form.

    Raises `unsupported_format` for a file that is no photo, `corrupt` for a photo that lost bytes,
    and `invalid_body` for JSON and what is no text.
    """
    try:
        sniff(head)
    except FramedError as refusal:
        if refusal.code is Code.UNSUPPORTED_FORMAT:
            raise FramedError(refusal.code, f"{refusal.message} {_HOW}") from None
    else:
        return _whole_photo(head)
    if b"".join(head[:64].split()).startswith(_JSON):
        raise FramedError(
            Code.INVALID_BODY,
            "The body is JSON and is declared as a form; send it with "
            "--header 'Content-Type: application/json'.",
        )
    if not _is_text(head):
        raise FramedError(Code.INVALID_BODY, f"The body is neither a photo nor a form. {_HOW}")
    return None


_HOW = f"Send a photo {AS_A_PHOTO}."


def _whole_photo(head: bytes) -> str:
    if len(head) == HEAD_BYTES and not any(byte in head for byte in b"\0\r\n"):
        raise FramedError(
            Code.CORRUPT, f"The photo lost its line breaks and zeros, as curl's -d does. {_HOW}"
        )
    return PHOTO


def _is_text(head: bytes) -> bool:
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)  # it may end in mid-letter
    except UnicodeDecodeError:
        return False
    return all(each.isprintable() or each in _BREAKS for each in text)
