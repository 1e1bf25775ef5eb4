"""The everyday nouns that no training text holds: chosen by seed before anything is trained."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

_EVERYDAY = Path(__file__).with_name("everyday_nouns.txt")


def everyday_nouns() -> list[str]:
    """Nouns of things that everybody knows, of which no label, group or concept is made."""
    return _EVERYDAY.read_text(encoding="utf-8").split()


def choose(candidates: Sequence[str], count: int, seed: int) -> tuple[str, ...]:
    """`count` of them by dice, in alphabetical order; raises `ValueError` if there are fewer."""
    if len(candidates) < count:
        raise ValueError(f"{count} nouns are to be kept out, but only {len(candidates)} fit")
    chosen = np.random.default_rng(seed).choice(len(candidates), count, replace=False)
    return tuple(sorted(candidates[at] for at in chosen))


class KeptOut:
    """Tells texts that hold one of the kept-out nouns, in the singular or a regular plural."""

    def __init__(self, nouns: Iterable[str]) -> None:
        self.nouns = tuple(nouns)
        forms = sorted({form for noun in self.nouns for form in forms_of(noun)}, key=len)
        spelled = "|".join(map(re.escape, reversed(forms))) or r"(?!)"
        self._pattern = re.compile(rf"(?<![a-z])(?:{spelled})(?![a-z])", re.IGNORECASE)

    def holds(self, text: str) -> bool:
        """Whether `text` names one of them, alone or in a compound with a space or hyphen."""
        return self._pattern.search(text) is not None

    def without(self, texts: Iterable[str]) -> list[str]:
        """`texts` less those that hold one, in order."""
        return [text for text in texts if not self.holds(text)]


def forms_of(noun: str) -> tuple[str, ...]:
    """A noun and its regular plurals (not mice, nor the singular of scissors)."""
    plurals = [noun + "s", noun + "es"]
    if noun.endswith("y"):
        plurals.append(noun[:-1] + "ies")
    if noun.endswith("f"):
        plurals.append(noun[:-1] + "ves")
    if noun.endswith("fe"):
        plurals.append(noun[:-2] + "ves")
    return (noun, *plurals)


def photographed_words(
    classes: Iterable[str], synonyms: Sequence[Sequence[str]]
) -> Mapping[str, frozenset[int]]:
    """Single words that name a class of photos, with the ImageNet classes that they stand for."""
    found: dict[str, set[int]] = {}
    for name in classes:
        found.setdefault(name.lower(), set())
    for index, names in enumerate(synonyms):
        for name in names:
            found.setdefault(name.lower(), set()).add(index)
    return {word: frozenset(indices) for word, indices in found.items() if " " not in word}
