"""`framed.imaging.grain`: the finest detail, a JPEG's blocks, repeated columns, colour."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from framed.imaging.prepare import prepare
from framed.photo import DecodeSpec, ViewSpec
from tests.culling.pictures import encoded, sample, spoilt

COFFEE = sample("coffee", 600)


def grain(image, **options):
    found = prepare(encoded(image, **options), DecodeSpec(), ViewSpec(likeness=True))
    return found.views.likeness.grain


def test_white_noise_adds_its_variance_to_all_frequencies():
    """So that it can be told from detail, of which there is ever less."""
    grey = Image.new("RGB", (300, 300), (128, 128, 128))
    levels = grain(spoilt(grey, 0, 10), format="PNG").spectrum
    expected = 100 * (0.299**2 + 0.587**2 + 0.114**2)
    assert np.allclose(levels[2:], expected, rtol=0.2)


def test_an_enlarged_picture_has_next_to_nothing_at_the_finest():
    """What the small one had at its finest is in the middle now."""
    small = COFFEE.resize((300, 200))
    large = small.resize((600, 400), Image.Resampling.BICUBIC)
    assert grain(large).spectrum[-2] < 0.1 * grain(small).spectrum[-2]


def test_blocks_show_after_coarse_saving():
    """Also in a file that was saved finely since."""
    assert grain(COFFEE, quality=20).blocks > 4 * max(0.1, grain(COFFEE, format="PNG").blocks)


@pytest.mark.parametrize(("times", "share"), [(2, 1 / 2), (1.5, 1 / 3)])
def test_columns_repeat_where_pixels_were_repeated(times, share):
    """Nearest neighbours leave the finest detail, but not of every column."""
    size = tuple(round(side * times) for side in COFFEE.size)
    large = COFFEE.resize(size, Image.Resampling.NEAREST)
    assert grain(large, format="PNG").repeats > 0.8 * share
    assert grain(COFFEE, format="PNG").repeats < 0.05


def test_a_grey_picture_has_no_colours():
    """And noise gives it none."""
    assert grain(spoilt(COFFEE.convert("L").convert("RGB"), 0, 10)).polychromy < 1.5
    assert grain(COFFEE).polychromy > 4


def test_too_small_a_picture_has_no_spectrum():
    """It has a grain that tells nothing."""
    assert set(grain(COFFEE.resize((20, 12))).spectrum) == {0.0}
