"""In which charset a form may be written: those that cost no more to read than their bytes.

Any other name a sender gives would have the form's parser look for a codec of that name: some take
for ever, some decode no text at all, and a name that is none is remembered.
"""

from __future__ import annotations

from python_multipart.multipart import parse_options_header

from framed.errors import Code, FramedError
from framed.shown import shown

CHARSETS = frozenset(("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252"))


def check_charset(content_type: str) -> None:
    """Raise `invalid_body` for a multipart Content-Type with a charset that is not one of
    `CHARSETS`; to be asked before anything of the form is read.
    """
    _, options = parse_options_header(content_type)
    charset = options.get(b"charset", b"utf-8").decode("latin-1")
    if charset.lower() not in CHARSETS:
        raise FramedError(
            Code.INVALID_BODY,
            f"The charset {shown(charset)!r} is not read here; send the form as UTF-8.",
        )
