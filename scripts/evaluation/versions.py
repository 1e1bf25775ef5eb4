"""Versions of a photo that have one attribute for certain: grey, sepia, very dark, very saturated.

They are made from the square that the model looks at, by arithmetic alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from framed.photo import Pixels

Floats = npt.NDArray[np.float32]

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
_SEPIA = np.array([1.07, 0.87, 0.62], np.float32)  # of the grey value: red, green, blue
_DARK = 0.18
_SATURATED = 2.2
_NOTHING = 2.0  # levels of 255, on average: too little to be seen


def grey(square: Pixels) -> Pixels:
    """The luma in all three channels."""
    return _rounded(_luma(square))


def sepia(square: Pixels) -> Pixels:
    """A brown print: grey, less contrast, toned."""
    return _rounded((20 + 0.85 * _luma(square)) * _SEPIA)


def very_dark(square: Pixels) -> Pixels:
    """Underexposed by about two and a half stops."""
    return _rounded(square.astype(np.float32) * _DARK)


def very_saturated(square: Pixels) -> Pixels:
    """Colours pulled away from their own grey."""
    luma = _luma(square)
    return _rounded(luma + (square.astype(np.float32) - luma) * _SATURATED)


VERSIONS: Mapping[str, tuple[str, Callable[[Pixels], Pixels]]] = {
    "grey": ("black and white", grey),
    "sepia": ("vintage", sepia),
    "very dark": ("night", very_dark),
    "very saturated": ("colorful", very_saturated),
}  # name: the label that must be among the first, and how the version is made


def changed(squares: Iterable[Pixels], change: Callable[[Pixels], Pixels]) -> Iterator[Pixels]:
    """The versions of those photos that the change does something to: a black and white photo has
    no colours to make stronger, and its version has no attribute that the photo lacks."""
    for square in squares:
        version = change(square)
        if np.abs(version.astype(np.int16) - square).mean() >= _NOTHING:
            yield version


def _luma(square: Pixels) -> Floats:
    luma: Floats = (square.astype(np.float32) @ _LUMA)[..., None].repeat(3, axis=-1)
    return luma


def _rounded(values: Floats) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
