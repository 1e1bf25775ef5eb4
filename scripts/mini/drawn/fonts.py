"""Fonts to write with, found in folders."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import ImageFont

Dice = np.random.Generator
Font = ImageFont.FreeTypeFont

# Written by the test of the repository, or without the letters of English.
KEPT_OUT = ("DejaVu", "Aileron", "STIX")
_NO_TEXT = ("Symbol", "Math", "LastResort", "cmex", "cmsy", "cmmi", "glyph", "Dingbats", "D050000L",
            "StandardSymbols", "Emoji", "Awesome", "NotoSans-", "NotoSerif-")  # fmt: skip
_LATIN = ("NotoSans-", "NotoSerif-")
_HEAVY = ("Bold", "Black", "Heavy", "Bebas", "Extrabold", "ExtraBold")


class Fonts:
    """The fonts below `folders` that may be trained with."""

    def __init__(self, folders: Sequence[Path], least: int = 10) -> None:
        """Raises `ValueError` where there are fewer than `least`."""
        found = {
            file.name: file
            for folder in folders
            for file in sorted(folder.rglob("*"))
            if file.suffix.lower() in (".ttf", ".otf") and _usable(file.name)
        }
        if len(found) < least:
            raise ValueError(f"only {len(found)} usable fonts below {', '.join(map(str, folders))}")
        self._all = [found[name] for name in sorted(found)]
        self._heavy = [
            file for file in self._all if any(it in file.name for it in _HEAVY)
        ] or self._all
        self._mono = [
            file for file in self._all if "ono" in file.name or "Fira" in file.name
        ] or self._all

    def any(self, dice: Dice) -> Path:
        """One of all."""
        return self._all[int(dice.integers(len(self._all)))]

    def heavy(self, dice: Dice) -> Path:
        """A bold one, as captions have."""
        return self._heavy[int(dice.integers(len(self._heavy)))]

    def mono(self, dice: Dice) -> Path:
        """One whose letters are all as wide, mostly."""
        return self._mono[int(dice.integers(len(self._mono)))]


@lru_cache(maxsize=512)
def sized(file: Path, size: int) -> Font:
    """The font in `size` pixels."""
    return ImageFont.truetype(str(file), max(6, size))


def _usable(name: str) -> bool:
    if any(it in name for it in KEPT_OUT):
        return False
    latin = any(name.startswith(it) for it in _LATIN)
    other_script = name.startswith("Noto") and not latin
    return not other_script and (latin or not any(it in name for it in _NO_TEXT))
