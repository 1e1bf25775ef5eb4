"""`framed.imaging.detail`: blur lowers it, noise does not raise it, at every side."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from framed.imaging.detail import noise_of, sharpness_by_scale
from tests.culling.pictures import sample

GREY = np.asarray(sample("coffee", 1100).convert("L"))


def spoilt(blurred, noise):
    soft = cv2.GaussianBlur(GREY, (0, 0), blurred) if blurred else GREY
    grain = np.random.default_rng(0).normal(0, noise, GREY.shape)
    return np.clip(soft + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("noise", [0, 10, 25])
def test_blur_lowers_it_whatever_the_noise(noise):
    """A crisp shot without noise is above every blurred one, also a noisy one."""
    values = [sharpness_by_scale(spoilt(blurred, noise))[512] for blurred in (2, 4)]
    assert sharpness_by_scale(GREY)[512] > values[0] > values[1]


def test_noise_is_read_where_it_is_calm():
    """So that it may be taken out."""
    assert noise_of(GREY) < 2 < noise_of(spoilt(0, 25))


@pytest.mark.parametrize(
    ("size", "sides"),
    [
        ((1100, 700), [1024, 512, 256]),
        ((600, 400), [600, 512, 256]),
        ((512, 300), [512, 256]),
        ((60, 40), []),
    ],
)
def test_only_sides_that_the_picture_has(size, sides):
    """Its own where it is small; too small a picture has none."""
    assert list(sharpness_by_scale(cv2.resize(GREY, size))) == sides


def test_without_detail_there_is_none():
    """A plain wall is not blurred."""
    assert sharpness_by_scale(np.full((600, 800), 128, np.uint8)) == {}
