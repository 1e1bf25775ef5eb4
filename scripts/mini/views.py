"""Views of photos with one attribute for certain, each a little different from the last.

Wider than `scripts.evaluation.versions`, which judges: strength, tone, grain and order vary.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from framed.photo import Pixels

Floats = npt.NDArray[np.float32]
Dice = np.random.Generator

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def grey(square: Pixels, dice: Dice) -> Pixels:
    """Without colour, with more or less contrast."""
    return _rounded(_contrast(_luma(square), dice.uniform(0.75, 1.25)))


def colourful(square: Pixels, dice: Dice) -> Pixels:
    """Colours 1.6 to 3 times as far from their own grey."""
    luma = _luma(square)
    return _rounded(luma + (square.astype(np.float32) - luma) * dice.uniform(1.6, 3.0))


def aged(square: Pixels, dice: Dice) -> Pixels:
    """A brown print: toned, pale, now and then with grain and dark corners."""
    luma = _luma(square)
    tone = np.array(
        [dice.uniform(1.02, 1.15), dice.uniform(0.83, 0.95), dice.uniform(0.5, 0.78)], np.float32
    )
    share = dice.uniform(0.7, 1.0)  # how much of the old colour is gone
    flat = share * luma + (1 - share) * square.astype(np.float32)
    picture = (dice.uniform(0, 40) + dice.uniform(0.65, 1.0) * flat) * tone
    if dice.random() < 0.5:
        picture = picture * _corners(square.shape[0], dice.uniform(0.3, 0.7))
    if dice.random() < 0.5:
        grain = dice.normal(0, dice.uniform(3, 12), (*picture.shape[:2], 1))
        picture = picture + grain.astype(np.float32)
    return _rounded(picture.astype(np.float32))


def dark(square: Pixels, dice: Dice) -> Pixels:
    """Underexposed by 1.5 to 4 stops, plain, bluish, or with some lights left."""
    picture = square.astype(np.float32)
    darkened = picture * dice.uniform(0.06, 0.35)
    if dice.random() < 0.4:
        darkened = darkened * np.array([0.75, 0.9, 1.3], np.float32)
    if dice.random() < 0.3:
        lights = (picture.min(axis=-1, keepdims=True) > dice.uniform(190, 235)).astype(np.float32)
        darkened = np.where(lights > 0, picture * 0.9, darkened)
    return _rounded(darkened)


VIEWS: Mapping[str, Callable[[Pixels, Dice], Pixels]] = {
    "bw": grey,
    "colorful": colourful,
    "vintage": aged,
    "night": dark,
}


def _luma(square: Pixels) -> Floats:
    luma: Floats = (square.astype(np.float32) @ _LUMA)[..., None].repeat(3, axis=-1)
    return luma


def _contrast(picture: Floats, factor: float) -> Floats:
    mean = picture.mean()
    changed: Floats = mean + (picture - mean) * np.float32(factor)
    return changed


def _corners(side: int, strength: float) -> Floats:
    at = np.linspace(-1, 1, side, dtype=np.float32)
    distance = np.clip(np.hypot(at[:, None], at[None, :]) / np.sqrt(2), 0, 1)
    shade: Floats = (1 - strength * distance**2)[..., None].astype(np.float32)
    return shade


def _rounded(values: Floats) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
