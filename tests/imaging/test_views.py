"""`framed.imaging.views`: all that is asked for, nothing else, and nothing left hanging on it."""

from __future__ import annotations

import numpy as np
import pytest

from framed.imaging.decode import decode
from framed.imaging.tones import tones_of
from framed.imaging.views import PLANES, make_views
from framed.photo import DecodeSpec, SquareSpec, ViewSpec
from tests.imaging.pictures import encoded, scene


@pytest.fixture(scope="module")
def photo():
    return decode(encoded(scene(), "PNG"), DecodeSpec())


def test_nothing_asked_nothing_made(photo):
    """An empty question gives empty views."""
    views = make_views(photo, ViewSpec())
    assert views.squares == {}
    assert views.planes == {}


def test_each_square_by_its_side(photo):
    """Two sizes give two squares, each under its side, uint8 and contiguous."""
    views = make_views(photo, ViewSpec((SquareSpec(32), SquareSpec(48, "squash"))))
    assert {side: square.shape for side, square in views.squares.items()} == {
        32: (32, 32, 3),
        48: (48, 48, 3),
    }
    assert all(square.dtype == np.uint8 for square in views.squares.values())


def test_tones_come_with_squares(photo):
    """They are for the model that squares are for; planes alone have none."""
    assert make_views(photo, ViewSpec((SquareSpec(32),))).tones == tones_of(photo)
    assert make_views(photo, ViewSpec(planes=("rgb",))).tones is None


def test_each_plane_by_its_name(photo):
    """Every plane of the table is made as the metrics expect it: uint8, contiguous, 2 or 3 axes."""
    views = make_views(photo, ViewSpec(planes=tuple(PLANES)))
    height, width = photo.pixels.shape[:2]
    assert {name: plane.shape for name, plane in views.planes.items()} == {
        "grey_preview": (height, width),
        "luma": (height, width),
        "rgb": (height, width, 3),
        "full_crop": (height, width),
    }
    for plane in views.planes.values():
        assert plane.dtype == np.uint8
        assert plane.flags.c_contiguous


def test_views_stand_alone(photo):
    """Views own their memory, so that the photo's pixels can go; they may be written to."""
    views = make_views(photo, ViewSpec((SquareSpec(32),), ("grey_preview",)))
    assert all(square.flags.owndata or square.base is None for square in views.squares.values())
    assert not np.shares_memory(views.planes["grey_preview"], photo.pixels)
    assert views.squares[32].flags.writeable
