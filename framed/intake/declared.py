"""What a sender says a file is: enough to refuse what is plainly no photo, never to trust it."""

from __future__ import annotations

from framed.errors import Code, FramedError
from framed.shown import shown

_NO_OPINION = ("", "application/octet-stream", "binary/octet-stream")
_OTHER_DOCUMENTS = ("application/pdf", "application/postscript", "application/zip")


def refuse_plainly_no_image(declared: str | None) -> None:
    """Pass `image/*`, octet-stream and no type at all; raise for text, video, audio, JSON, PDF …

    `declared` is a Content-Type, parameters allowed. The bytes alone decide what they are.
    """
    kind = (declared or "").split(";")[0].strip().lower()
    if kind in _NO_OPINION or kind.startswith("image/"):
        return
    code = Code.UNSUPPORTED_FORMAT if kind in _OTHER_DOCUMENTS else Code.NOT_AN_IMAGE
    raise FramedError(
        code, f"The file is declared as {shown(kind)!r}, which is no photo; send image/* instead."
    )
