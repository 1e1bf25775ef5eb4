"""Frames in which there is nothing to see: black and white, with a little noise or a cast."""

from __future__ import annotations

import numpy as np
from PIL import Image

Dice = np.random.Generator
Picture = Image.Image

_ASPECTS = ((4, 3), (3, 4), (16, 9), (3, 2), (1, 1), (9, 16))


def black(dice: Dice) -> Picture:
    """A lens cap, a dark room: nothing above a tenth of the range."""
    return _plain(dice, float(dice.choice([0.0, dice.uniform(0, 22)], p=[0.3, 0.7])), 1.0)


def white(dice: Dice) -> Picture:
    """Blown out, or an empty scan."""
    return _plain(dice, float(dice.choice([255.0, dice.uniform(236, 255)], p=[0.3, 0.7])), 0.6)


def _plain(dice: Dice, level: float, noise: float) -> Picture:
    high, wide = (it * 40 for it in _ASPECTS[int(dice.integers(len(_ASPECTS)))][::-1])
    values = np.full((high, wide, 3), level) + dice.uniform(-3, 3, 3) * (dice.random() < 0.5)
    if dice.random() < 0.4:  # falls off towards a side or the corners
        y, x = np.mgrid[-1 : 1 : high * 1j, -1 : 1 : wide * 1j]
        shape = x * dice.uniform(-1, 1) + y * dice.uniform(-1, 1) - np.hypot(x, y) * dice.random()
        values += (dice.uniform(0, 8) * shape)[..., None]
    if dice.random() < 0.6:
        grain = dice.normal(
            0, dice.uniform(0.5, 7) * noise, (high, wide, 3 if dice.random() < 0.5 else 1)
        )
        values += grain
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
