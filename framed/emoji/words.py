"""Labels and names in one spelling, so that they can be held against each other."""

from __future__ import annotations

import re

_BETWEEN_WORDS = re.compile(r"[\s_-]+")
_NO_PLURAL = ("ss", "us", "is")


def plain(text: str) -> str:
    """Lower case, single spaces for hyphens and underscores too, straight apostrophes."""
    return _BETWEEN_WORDS.sub(" ", text.strip().casefold()).replace("’", "'")  # noqa: RUF001


def singulars(words: str) -> tuple[str, ...]:
    """What `words` (plain) may be the regular English plural of, the likelier first."""
    if not words.endswith("s") or words.endswith(_NO_PLURAL) or len(words) < 4:
        return ()
    if words.endswith("ies"):
        return (words[:-3] + "y", words[:-1])
    if words.endswith(("ses", "xes", "zes", "ches", "shes", "oes")):
        return (words[:-2], words[:-1])
    return (words[:-1],)
