"""`framed.imaging.grey`: the preview that the metrics are defined on."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from framed.imaging.decode import decode
from framed.imaging.grey import grey_preview
from framed.photo import DecodeSpec
from tests.imaging.pictures import encoded, scene


def _photo(width, height):
    return decode(encoded(scene(width, height), "PNG"), DecodeSpec())


@pytest.mark.parametrize(
    ("size", "preview"),
    [
        ((512, 340), (512, 340)),
        ((64, 32), (64, 32)),
        ((1024, 683), (512, 342)),
        ((683, 1024), (342, 512)),
        ((513, 513), (512, 512)),
        ((3000, 2), (512, 1)),
        ((1, 1), (1, 1)),
    ],
)
def test_the_long_side_is_512_at_most(size, preview):
    """Large photos are reduced to 512, no side below 1; small ones are never enlarged."""
    grey = grey_preview(_photo(*size))
    assert grey.shape == preview[::-1]
    assert grey.dtype == np.uint8
    assert grey.flags.c_contiguous


def test_grey_comes_before_reducing():
    """The preview is the luma at full size, reduced by area."""
    photo = _photo(800, 600)
    luma = cv2.cvtColor(photo.pixels, cv2.COLOR_RGB2GRAY)
    like = cv2.resize(luma, (512, 384), interpolation=cv2.INTER_AREA)
    assert np.array_equal(grey_preview(photo), like)


def test_shrink_on_load_keeps_the_size():
    """A photo that was shrunk on load has a preview of the size of the whole one's, and like it."""
    data = encoded(scene(2201, 1503), "JPEG", quality=95)
    whole = grey_preview(decode(data, DecodeSpec()))
    shrunk = grey_preview(decode(data, DecodeSpec(min_long_side=1024)))
    assert shrunk.shape == whole.shape
    assert np.abs(shrunk.astype(int) - whole).mean() < 1
