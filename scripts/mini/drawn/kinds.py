"""The kinds of pictures that are no photos, by the label that each is to have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from scripts.mini.drawn import charts, frames, maps, memes, pages, receipts, screens
from scripts.mini.drawn.fonts import Fonts
from scripts.mini.drawn.worn import photographed, worn

Dice = np.random.Generator
Picture = Image.Image


@dataclass(frozen=True)
class Studio:
    """What pictures are made of: fonts, and photos to stand in them and behind them."""

    fonts: Fonts
    photos: Sequence[Picture]

    def picture(self, kind: str, dice: Dice) -> Picture:
        """One picture of a kind."""
        return worn(dice, KINDS[kind](self, dice))


def _document(studio: Studio, dice: Dice) -> Picture:
    paper = pages.page(dice, studio.fonts)
    return photographed(dice, paper, studio.photos) if dice.random() < 0.3 else paper


def _receipt(studio: Studio, dice: Dice) -> Picture:
    paper = receipts.receipt(dice, studio.fonts)
    return photographed(dice, paper, studio.photos) if dice.random() < 0.5 else paper


KINDS: Mapping[str, Callable[[Studio, Dice], Picture]] = {
    "screenshot": lambda studio, dice: screens.screen(dice, studio.fonts, studio.photos),
    "document": _document,
    "receipt": _receipt,
    "meme": lambda studio, dice: memes.meme(dice, studio.fonts, studio.photos),
    "chart": lambda studio, dice: charts.chart(dice, studio.fonts),
    "map": lambda studio, dice: maps.map_of(dice, studio.fonts),
    "black frame": lambda studio, dice: frames.black(dice),
    "white frame": lambda studio, dice: frames.white(dice),
}
# How many of each are drawn, beside the others: few frames suffice, memes and screens differ most.
AMOUNTS: Mapping[str, float] = {
    **dict.fromkeys(KINDS, 1.0),
    **{"screenshot": 2.0, "meme": 2.5, "black frame": 0.4, "white frame": 0.4},
}
