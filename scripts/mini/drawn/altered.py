"""Photos altered as few are, and patterns that no camera took: all that is no kind of `KINDS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from framed.photo import Pixels
from scripts.mini.views import VIEWS

Dice = np.random.Generator
Alter = Callable[[Pixels, Dice], Pixels]

_SIDE = 224
_PERIODS = (14, 28, 56, 56, 112)


def fog(square: Pixels, dice: Dice) -> Pixels:
    """Whitened, up to nine tenths."""
    share = dice.uniform(0.4, 0.9)
    return _rounded(square * (1 - share) + 255 * share * dice.uniform(0.85, 1))


def dim(square: Pixels, dice: Dice) -> Pixels:
    """Nearly black, with noise."""
    return _rounded(square * dice.uniform(0.05, 0.2) + dice.normal(0, 3, square.shape))


def blurred(square: Pixels, dice: Dice) -> Pixels:
    """Out of focus."""
    radius = dice.uniform(1, 8)
    return np.asarray(Image.fromarray(square).filter(ImageFilter.GaussianBlur(radius)))


def dated(square: Pixels, dice: Dice) -> Pixels:
    """With a date in a corner, as cameras print it."""
    picture = Image.fromarray(square)
    colour = (255, 150, 40) if dice.random() < 0.5 else (255, 255, 255)
    font = ImageFont.load_default(size=int(dice.integers(8, 14)))
    place = (dice.uniform(100, 150), dice.uniform(195, 210))
    ImageDraw.Draw(picture).text(place, "12.03.2019", colour, font)
    return np.asarray(picture)


def framed(square: Pixels, dice: Dice) -> Pixels:
    """Within a white or black border."""
    edge = int(dice.integers(6, 26))
    whole = np.full_like(square, 255 if dice.random() < 0.5 else 0)
    inside = Image.fromarray(square).resize((_SIDE - 2 * edge, _SIDE - 2 * edge))
    whole[edge:-edge, edge:-edge] = np.asarray(inside)
    return whole


def barred(square: Pixels, dice: Dice) -> Pixels:
    """With black bars above and below, or beside."""
    edge, barred = int(dice.integers(14, 40)), square.copy()
    view = barred if dice.random() < 0.6 else barred.transpose(1, 0, 2)
    view[:edge] = 0
    view[-edge:] = 0
    return barred


ALTERED: Sequence[Alter] = (*VIEWS.values(), fog, dim, blurred, dated, framed, barred)


def patterns(dice: Dice, count: int) -> Iterator[Pixels]:
    """Stripes that run from dark to bright, checkers and slopes, grey and in colours."""
    makes = (_stripes, _stripes, _checkers, _slope)
    for at in range(count):
        yield makes[at % len(makes)](dice)


def _stripes(dice: Dice) -> Pixels:
    """Grey, in two colours, or each channel on its own."""
    period = int(dice.choice(_PERIODS))
    saw = (_along(dice, upright=0.7) % period) * (255 / period)
    other = np.rot90(255 - saw, int(dice.integers(0, 4)))
    if (kind := dice.random()) < 0.4:
        return _rounded(np.stack([saw] * 3, axis=-1))
    if kind < 0.7:
        channels = [saw, 255 - saw, other]
        return _rounded(np.stack([channels[at] for at in dice.permutation(3)], axis=-1))
    first, second = dice.uniform(0, 255, (2, 3))
    share = saw[..., None] / 255
    return _rounded(first * share + second * (1 - share))


def _checkers(dice: Dice) -> Pixels:
    y, x = np.mgrid[0:_SIDE, 0:_SIDE]
    period = int(dice.choice(_PERIODS))
    first, second = dice.uniform(0, 255, (2, 3))
    return _rounded(np.where(((x // period + y // period) % 2 == 0)[..., None], first, second))


def _slope(dice: Dice) -> Pixels:
    way = _along(dice, upright=0.3)
    share = ((way - way.min()) / (way.max() - way.min()))[..., None]
    first = dice.uniform(0, 255, 3)
    return _rounded(first * share + (255 - first) * (1 - share))


def _along(dice: Dice, upright: float) -> np.ndarray:
    """How far each pixel lies along a line, in pixels."""
    y, x = np.mgrid[0:_SIDE, 0:_SIDE].astype(np.float64)
    turned = dice.random() < upright
    angle = float(dice.integers(0, 4)) * np.pi / 2 if turned else dice.uniform(0, 2 * np.pi)
    return np.asarray(x * np.cos(angle) + y * np.sin(angle))


def _rounded(values: np.ndarray) -> Pixels:
    rounded: Pixels = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return rounded
