"""Reducing by area, and the planes that are made so."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from framed.imaging.colour_reduced import reduced_luma, reduced_rgb
from framed.imaging.crop import full_crop
from framed.imaging.decode import decode
from framed.imaging.grey import to_grey
from framed.imaging.reduce import reduced
from framed.photo import DecodeSpec, Photo, Pixels
from tests.imaging.pictures import encoded, scene


def photo_of(pixels: Pixels) -> Photo:
    height, width = pixels.shape[:2]
    return Photo(np.ascontiguousarray(pixels), (width, height), "PNG", (), "")


def coloured(height: int, width: int) -> Photo:
    noise = np.random.default_rng(3).integers(0, 256, (height, width, 3), np.uint8)
    return photo_of(cv2.GaussianBlur(noise, (0, 0), 2))


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((2048, 1000), (1024, 500)),
        ((999, 3000), (341, 1024)),
        ((1024, 7), (1024, 7)),
        ((60_000, 1), (1024, 1)),
        ((30, 20), (30, 20)),
    ],
)
def test_the_long_side_is_bounded(size: tuple[int, int], expected: tuple[int, int]) -> None:
    """Reduced to the side, rounded, at least one pixel, and never enlarged; (width, height)."""
    width, height = size
    pixels = np.full((height, width, 3), 9, np.uint8)
    assert reduced(pixels, photo_of(pixels), 1024).shape[1::-1] == expected


def test_the_size_is_the_whole_photos() -> None:
    """Shrink on load changes neither the size nor much of the picture."""
    data = encoded(scene(3001, 2003), "JPEG")
    whole = reduced_rgb(decode(data, DecodeSpec()))
    shrunk = reduced_rgb(decode(data, DecodeSpec(min_long_side=1024)))
    assert whole.shape == shrunk.shape == (683, 1024, 3)
    assert np.abs(whole.astype(int) - shrunk).mean() < 2


def test_luma_is_the_rounded_sum() -> None:
    """.299 R + .587 G + .114 B, rounded, of the reduced colours."""
    photo = coloured(700, 1400)
    exact = reduced_rgb(photo) @ np.array([0.299, 0.587, 0.114])
    luma = reduced_luma(photo)
    assert luma.shape == (512, 1024)
    assert np.abs(luma - exact).max() <= 0.5 + 1e-4


def test_luma_of_grey_is_that_grey() -> None:
    """Every level stays what it is."""
    ramp = np.tile(np.arange(256, dtype=np.uint8), (4, 1))
    assert np.array_equal(reduced_luma(photo_of(np.dstack([ramp] * 3))), ramp)


def test_the_crop_is_the_middle_of_the_original() -> None:
    """At most 1024 x 1024 pixels, none of them touched but for the grey."""
    photo = coloured(1500, 1101)
    crop = full_crop(photo)
    assert crop.shape == (1024, 1024)
    assert np.array_equal(crop, to_grey(photo.pixels)[238:1262, 38:1062])
    small = coloured(40, 30)
    assert np.array_equal(full_crop(small), to_grey(small.pixels))
