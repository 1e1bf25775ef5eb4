"""Labels that are one word: they differ in case, or in singular and plural, and in nothing else.

Two such labels share what is one label's, and neither answer can be right. English plurals only,
and those of the rules; where a plural or a capital means something else (glasses, Turkey) the two
stay apart.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from runners.clip.banks.bank_text import Entry, Fault
from runners.clip.banks.other_words import CAPITALS_APART, PLURALS_APART

_IRREGULAR = {
    "child": "children",
    "foot": "feet",
    "goose": "geese",
    "man": "men",
    "mouse": "mice",
    "tooth": "teeth",
    "woman": "women",
}
_SHORTEST = 3  # letters of a word that has a plural here
_HISSING = ("s", "x", "z", "ch", "sh")
_VOWELS = "aeiou"
_WAY_OUT = "keep one of them, or where two things are meant say in the label what the other one is"


class Likeness:
    """Labels as they come; `of` finds among those before it the one that a label is."""

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}
        self._plurals: dict[str, str] = {}

    def of(self, label: str) -> str | None:
        """The label noted before that is this one but for case or number, or this very one; None,
        and it is noted, where there is none."""
        plain = _plain(label)
        more = tuple(_plurals(plain))
        for known, words in ((self._labels, (plain, *more)), (self._plurals, (plain,))):
            if found := next((known[word] for word in words if word in known), None):
                return found
        self._labels[plain] = label
        for word in more:
            self._plurals.setdefault(word, label)
        return None


def likeness_faults(entries: Iterable[Entry]) -> Iterator[Fault]:
    """Labels that are one written before them but for case or number, by their lines."""
    likeness, lines = Likeness(), dict[str, int]()
    for entry in entries:
        text = entry.value.strip() if isinstance(entry.value, str) else ""
        before = likeness.of(text) if text else None
        if before is not None and before != text:
            where = f"is {before!r:.80} of line {lines[before]} but for case or number"
            yield entry.line, f"label {text!r:.80} {where}; {_WAY_OUT}"
        lines.setdefault(text, entry.line)


def _plain(label: str) -> str:
    return " ".join(map(_plain_word, unicodedata.normalize("NFC", label).split()))


def _plain_word(word: str) -> str:
    plain = word.casefold()
    is_name = plain in CAPITALS_APART and word[:1].isupper() and not word.isupper()
    return word if is_name else plain


def _plurals(label: str) -> Iterator[str]:
    """`label` with one of its words in the plural, each in turn."""
    words = label.split(" ")
    for place, word in enumerate(words):
        for plural in _plurals_of(word):
            yield " ".join((*words[:place], plural, *words[place + 1 :]))


def _plurals_of(word: str) -> Iterable[str]:
    letters = word.replace("-", "")
    if word in PLURALS_APART or len(word) < _SHORTEST or not letters.isalpha():
        return ()
    if word in _IRREGULAR:
        return (_IRREGULAR[word],)
    if word.endswith("y") and word[-2] not in _VOWELS:
        return (f"{word[:-1]}ies",)
    if word.endswith(_HISSING):
        return (f"{word}es",)
    if word.endswith("o"):
        return (f"{word}s", f"{word}es")
    if word.endswith(("f", "fe")):
        return (f"{word}s", f"{word.removesuffix('e').removesuffix('f')}ves")
    return (f"{word}s",)
