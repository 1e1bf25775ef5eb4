"""A screen that is drawn upon: its colours, its letters, the parts that most screens have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from scripts.mini.drawn import wording
from scripts.mini.drawn.fonts import Font, Fonts, sized

Dice = np.random.Generator
Picture = Image.Image
Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Theme:
    """Colours of one screen."""

    ground: Colour
    card: Colour
    text: Colour
    faint: Colour
    accent: Colour


def theme_of(dice: Dice) -> Theme:
    """Light or dark, with any accent."""
    accent = colour_of(dice, 30, 230)
    if dice.random() < 0.35:
        base = int(dice.integers(0, 45))
        card = base + int(dice.integers(10, 35))
        tint = int(dice.integers(0, 14))
        ground, cards = (base, base, base + tint), (card, card, card + tint)
        return Theme(ground, cards, grey(235), grey(150), accent)
    base = int(dice.integers(225, 256))
    ground = colour_of(dice, base - 22, base) if dice.random() < 0.4 else grey(base)
    return Theme(ground, grey(255), grey(int(dice.integers(0, 60))), grey(130), accent)


class View:
    """A screen that is drawn upon."""

    def __init__(
        self, picture: Picture, dice: Dice, fonts: Fonts, photos: Sequence[Picture]
    ) -> None:
        self.picture, self.dice, self.photos = picture, dice, photos
        self.draw = ImageDraw.Draw(picture)
        self.w, self.h = picture.size
        self.theme = theme_of(dice)
        self.face, self.mono = fonts.any(dice), fonts.mono(dice)
        self.unit = min(self.w, self.h) / dice.uniform(18, 44)  # the size of plain text
        self.draw.rectangle((0, 0, self.w, self.h), fill=self.theme.ground)

    def font(self, size: float = 1.0, *, mono: bool = False) -> Font:
        return sized(self.mono if mono else self.face, int(self.unit * size))

    def text(
        self, at: tuple[float, float], text: str, colour: Colour | None = None, size: float = 1.0
    ) -> None:
        self.draw.text(at, text, colour or self.theme.text, self.font(size))

    def fitted(self, wide: float, size: float = 1.0) -> str:
        font, text = self.font(size), wording.words(self.dice, 1, 3)
        while font.getlength(text + " meeting") < wide:
            text += " " + wording.word(self.dice)
            if self.dice.random() < 0.08:
                break
        return text

    def photo(self, box: Box) -> None:
        wide, high = max(2, int(box[2] - box[0])), max(2, int(box[3] - box[1]))
        chosen = self.photos[int(self.dice.integers(len(self.photos)))]
        self.picture.paste(ImageOps.fit(chosen, (wide, high)), (int(box[0]), int(box[1])))

    def status_bar(self) -> float:
        """Clock, signal, battery; answers where it ends."""
        u = self.unit
        self.text((u, u * 0.5), wording.clock(self.dice), size=0.9)
        for at in range(4):
            x = self.w - (5.5 - at * 0.6) * u
            self.draw.rectangle((x, u * (1.3 - at * 0.2), x + u * 0.4, u * 1.5), self.theme.text)
        box = (self.w - 2.8 * u, u * 0.6, self.w - u, u * 1.5)
        self.draw.rounded_rectangle(box, 3, outline=self.theme.text)
        self.draw.rectangle((box[0] + 2, box[1] + 2, box[2] - u * 0.6, box[3] - 2), self.theme.text)
        return 2.2 * u

    def title_bar(self, y: float) -> float:
        u = self.unit
        fill = self.theme.accent if self.dice.random() < 0.4 else self.theme.card
        self.draw.rectangle((0, y, self.w, y + 3 * u), fill)
        self.draw.line([(2 * u, y + u), (u, y + 1.6 * u), (2 * u, y + 2.2 * u)], self.theme.text, 2)
        self.text((3 * u, y + 0.8 * u), wording.words(self.dice, 1, 3), size=1.2)
        return y + 3 * u

    def tab_bar(self) -> float:
        u, count = self.unit, int(self.dice.integers(3, 6))
        top = self.h - 4 * u
        self.draw.rectangle((0, top, self.w, self.h), self.theme.card)
        for at in range(count):
            x = (at + 0.5) * self.w / count
            self.draw.ellipse((x - u, top + u * 0.5, x + u, top + u * 2.5), self.theme.faint)
        return top


def window(view: View, box: Box, fill: Colour) -> float:
    """A window's frame and bar; answers where its inside begins."""
    u, (left, top, right, _) = view.unit, box
    view.draw.rectangle(box, fill, view.theme.faint)
    view.draw.rectangle((left, top, right, top + 1.8 * u), view.theme.card, view.theme.faint)
    if view.dice.random() < 0.5:
        for at, colour in enumerate(((255, 95, 86), (255, 189, 46), (39, 201, 63))):
            x = left + u * (0.8 + 1.2 * at)
            view.draw.ellipse((x, top + 0.5 * u, x + 0.8 * u, top + 1.3 * u), colour)
    else:
        for at in range(3):
            x = right - u * (1.6 + 1.8 * at)
            view.draw.rectangle(
                (x, top + 0.6 * u, x + 0.7 * u, top + 1.2 * u), outline=view.theme.text
            )
    view.text(
        (left + (right - left) * 0.4, top + 0.3 * u), wording.words(view.dice, 1, 3), size=0.9
    )
    return top + 1.8 * u


def grey(level: int) -> Colour:
    """No colour, of a level 0..255."""
    return level, level, level


def colour_of(dice: Dice, low: int, high: int) -> Colour:
    """Any colour whose channels lie in `low`..`high`."""
    found = dice.integers(low, max(high, low + 1), 3)
    return int(found[0]), int(found[1]), int(found[2])
