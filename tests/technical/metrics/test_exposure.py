"""Exposure: the documented values, its range, and that the right exposure scores best."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from runners.technical.metrics import exposure as module
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading
from tests.technical import pictures
from tests.technical.pictures import Grey


def exposure(grey: Grey) -> Reading:
    return module.exposure(Picture(grey))


def value(grey: Grey) -> float:
    reading = exposure(grey)
    assert reading.value is not None
    return reading.value


def test_ramp() -> None:
    """A ramp over all levels: the percentiles and the score, counted by hand."""
    reading = exposure(pictures.ramp())
    assert reading.value == pytest.approx(0.951256, abs=1e-6)
    percentiles = [reading.detail[name] for name in ("p1", "p50", "p99")]
    assert percentiles == pytest.approx([0.00784, 0.49804, 0.99216], abs=1e-5)
    assert reading.detail["clip_low"] == reading.detail["clip_high"] == 3 / 256


def test_mid_grey() -> None:
    """Flat mid-grey has its middle tone right and no range at all."""
    assert value(pictures.flat(128)) == pytest.approx(0.498039, abs=1e-6)


@pytest.mark.parametrize("level", [0, 255])
def test_all_black_or_all_white_is_the_worst(level: int) -> None:
    """Nothing but clipped pixels scores 0 and says on which side they lie."""
    reading = exposure(pictures.flat(level))
    assert reading.value == 0.0
    assert (reading.detail["clip_low"], reading.detail["clip_high"]) == (level == 0, level == 255)


def test_checkerboard_is_all_clipped() -> None:
    """Half black and half white has full range, no middle, and the whole penalty."""
    assert value(pictures.checkerboard()) == 0.25


@pytest.mark.parametrize(("height", "width"), [(1, 1), (512, 1), (1, 512), (3000, 4000)])
def test_defined_for_every_size(height: int, width: int) -> None:
    """From one pixel to twelve million, the flat picture has the same exposure."""
    assert value(pictures.flat(128, height, width)) == value(pictures.flat(128))


@pytest.mark.parametrize(("dark", "p1"), [(9, 200), (10, 50)])
def test_percentile_needs_exactly_its_share(dark: int, p1: int) -> None:
    """The first percentile is the dark level from a share of exactly 1 % on, not before."""
    grey = pictures.flat(200, 1, 1000)
    grey[0, :dark] = 50
    assert exposure(grey).detail["p1"] == p1 / 255


@pytest.mark.parametrize(("level", "clipped"), [(2, True), (3, False), (252, False), (253, True)])
def test_clipped_levels(level: int, clipped: bool) -> None:
    """Levels 0..2 and 253..255 count as clipped, their neighbours do not."""
    detail = exposure(pictures.flat(level)).detail
    assert detail["clip_low"] + detail["clip_high"] == clipped


def test_order_of_pixels_does_not_matter() -> None:
    """Only the histogram counts: a shuffled picture is exposed the same."""
    hills = pictures.hills()
    shuffled = np.random.default_rng(3).permutation(hills.ravel()).reshape(hills.shape)
    assert exposure(shuffled) == exposure(hills)


@pytest.mark.parametrize("stops", [-4, 4])
def test_wrong_exposure_scores_lower_on_a_drawn_scene(stops: float) -> None:
    """Four stops off, either way, score lower than the scene as drawn."""
    assert value(pictures.exposed(pictures.hills(), stops)) < value(pictures.hills())


def test_wrong_exposure_scores_lower_on_photos(previews: dict[str, Grey]) -> None:
    """Four stops under is worse on every photo, four stops over on nearly every one."""
    normal = {name: value(grey) for name, grey in previews.items()}
    for name, grey in previews.items():
        assert value(pictures.exposed(grey, -4)) < normal[name], name
    over = [value(pictures.exposed(grey, 4)) < normal[name] for name, grey in previews.items()]
    assert np.mean(over) >= 0.93


def test_range(previews: dict[str, Grey]) -> None:
    """Whatever the exposure, the score stays in 0..1."""
    damaged = [pictures.exposed(grey, ev) for grey in previews.values() for ev in (-6, -2, 2, 6)]
    assert all(0.0 <= value(grey) <= 1.0 for grey in damaged)


def test_reference_values(previews: dict[str, Grey], references: list[dict[str, Any]]) -> None:
    """Every photo gives the documented exposure and percentiles."""
    for reference in references:
        reading = exposure(previews[reference["file"]])
        assert reading.value == pytest.approx(reference["exposure"], abs=0.005)
        for name in ("p1", "p50", "p99"):  # two grey levels: JPEG decoders differ by one
            assert reading.detail[name] == pytest.approx(reference[name], abs=0.008)
