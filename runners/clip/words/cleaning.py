"""A text as CLIP was trained to read it: mended, without entities, single spaces, lower case."""

from __future__ import annotations

import html
import re

_PLAIN = re.compile(r"[ -%'-~]*")  # printable ASCII without "&": nothing to mend or unescape


def clean(text: str) -> str:
    """`text` as open_clip's cleaning "lower" leaves it."""
    if not _PLAIN.fullmatch(text):
        text = _mended(text)
    return " ".join(text.split()).lower()


def _mended(text: str) -> str:
    import ftfy  # only here: most prompts are plain, and it takes a tenth of a second

    return html.unescape(html.unescape(ftfy.fix_text(text)))
