"""Versions of a photo: each has the attribute that it is made for."""

from __future__ import annotations

import numpy as np
import pytest

from framed.photo import Pixels
from scripts.evaluation.versions import (
    VERSIONS,
    changed,
    grey,
    sepia,
    very_dark,
    very_saturated,
)


@pytest.fixture
def square() -> Pixels:
    """Coloured noise around a warm grey."""
    dice = np.random.default_rng(5)
    picture = dice.normal((150, 120, 100), 25, (32, 32, 3))
    return np.clip(picture, 0, 255).astype(np.uint8)


def spread(square: Pixels) -> float:
    return float(np.ptp(square.astype(int), axis=2).mean())


@pytest.mark.parametrize("name", list(VERSIONS))
def test_a_version_is_a_square_of_the_same_shape(name: str, square: Pixels) -> None:
    """uint8 RGB of the side it was given, and the given one is left alone."""
    before = square.copy()
    made = VERSIONS[name][1](square)
    assert made.shape == square.shape
    assert made.dtype == np.uint8
    assert np.array_equal(square, before)


def test_grey_has_no_colour(square: Pixels) -> None:
    """All three channels are one."""
    assert spread(grey(square)) == 0


def test_sepia_is_brown(square: Pixels) -> None:
    """Red above green above blue, everywhere."""
    made = sepia(square).astype(int)
    assert (made[..., 0] > made[..., 1]).all()
    assert (made[..., 1] > made[..., 2]).all()


def test_very_dark_is_under_a_quarter_of_the_light(square: Pixels) -> None:
    """Much darker, and not black."""
    assert 0 < very_dark(square).mean() < square.mean() / 4


def test_very_saturated_has_more_colour(square: Pixels) -> None:
    """The channels lie further apart than they did."""
    assert spread(very_saturated(square)) > 1.5 * spread(square)


def test_versions_in_which_nothing_changed_are_left_out(square: Pixels) -> None:
    """A black and white photo has no colours to make stronger; darker it can be."""
    bare = grey(square)
    assert list(changed([bare], very_saturated)) == []
    assert len(list(changed([square, bare], very_saturated))) == 1
    assert len(list(changed([bare], very_dark))) == 1
