"""A text as models were trained to read it: mended, without entities, with single spaces."""

from __future__ import annotations

import html
import re
import string

_PLAIN = re.compile(r"[ -%'-~]*")  # printable ASCII without "&": nothing to mend or unescape


_PUNCTUATION = str.maketrans("", "", string.punctuation)


def clean(text: str) -> str:
    """`text` as open_clip's cleaning "lower" leaves it: CLIP's own."""
    return clean_spaces(text).lower()


def clean_spaces(text: str) -> str:
    """`text` as open_clip's cleaning "whitespace" leaves it: capital letters stay."""
    if not _PLAIN.fullmatch(text):
        text = _mended(text)
    return " ".join(text.split())


def clean_canonical(text: str) -> str:
    """`text` as open_clip's cleaning "canonicalize" leaves it: SigLIP's, without punctuation."""
    plain = clean_spaces(text).replace("_", " ").translate(_PUNCTUATION)
    return " ".join(plain.lower().split())


CLEANINGS = {"lower": clean, "whitespace": clean_spaces, "canonicalize": clean_canonical}


def _mended(text: str) -> str:
    import ftfy  # only here: most prompts are plain, and it takes a tenth of a second

    return html.unescape(html.unescape(ftfy.fix_text(text)))
