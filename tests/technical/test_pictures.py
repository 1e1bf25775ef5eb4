"""All metrics see what is within the borders; drawn pictures keep their margins."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from random import Random

import cv2
import numpy as np
import pytest

from framed.photo import FULL_CROP, GREY_PREVIEW, LUMA, Pixels, PlaneName
from framed.results import NOT_A_PHOTO, Measurements
from runners.technical.core import TechnicalCore
from runners.technical.pictures import pictures_of
from tests.technical import drawings, pictures
from tests.technical.pictures import Grey

SCENE = pictures.with_noise(pictures.hills(600, 800), 6)


@pytest.fixture(scope="module")
def core() -> Iterator[TechnicalCore]:
    """A core of one thread."""
    core = TechnicalCore(1)
    yield core
    core.close()


def planes(grey: Grey) -> dict[PlaneName, Pixels]:
    """The views of a photo of these pixels, with the original ones."""
    small = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return {GREY_PREVIEW: np.asarray(small, np.uint8), LUMA: grey, FULL_CROP: grey}


def measured(core: TechnicalCore, grey: Grey) -> Measurements:
    return asyncio.run(core.measure(planes(grey)))


@pytest.mark.parametrize("level", [0, 255, 128])
@pytest.mark.parametrize("width", [((80, 80), (0, 0)), ((0, 0), (140, 140)), ((40, 40), (50, 50))])
def test_a_framed_photo_measures_as_without(
    core: TechnicalCore, level: int, width: tuple[tuple[int, int], tuple[int, int]]
) -> None:
    """Black, white or grey bars change no number, and are told with the details."""
    bare = measured(core, SCENE)
    framed = measured(core, np.pad(SCENE, width, constant_values=level))
    for name in ("exposure", "sharpness", "noise", "noise_full"):
        assert framed.values[name] == pytest.approx(bare.values[name], abs=0.02), name
    for name in ("sharpness_local", "brisque"):  # the 2 px at the edge count for more in these
        assert framed.values[name] == pytest.approx(bare.values[name], abs=0.05), name
    assert "borders" not in bare.detail
    assert list(framed.detail["borders"]) == ["left", "top", "right", "bottom"]
    assert framed.detail["borders"]["top"] == pytest.approx(
        width[0][0] / (600 + sum(width[0])), abs=0.012
    )


@pytest.mark.parametrize("width", [1, 3])
def test_a_thin_line_around_a_photo_is_no_horizon(core: TechnicalCore, width: int) -> None:
    """A frame of a pixel or three neither levels a photo nor sharpens it."""
    bare = measured(core, SCENE)
    framed = measured(core, np.pad(SCENE, width, constant_values=0))
    assert bare.values["horizon_deg"] is None
    assert framed.values["horizon_deg"] is None
    for name in ("sharpness_local", "exposure"):
        assert framed.values[name] == pytest.approx(bare.values[name], abs=0.05), name


def page() -> Grey:
    """A rendered page in grey."""
    picture = drawings.page(Random(1), (800, 1000)).convert("L")
    return np.asarray(picture, np.uint8)


def test_a_page_gets_no_verdict_about_photos(core: TechnicalCore) -> None:
    """BRISQUE and motion are null with the reason, and no words speak of blur or damage."""
    found = measured(core, page())
    assert found.drawn
    assert found.values["brisque"] is None
    assert found.warnings["brisque"] == found.warnings["motion"] == NOT_A_PHOTO
    assert "motion" not in found.detail
    assert set(found.findings) <= {"exposure", "drawn"}
    assert found.values["sharpness"] is not None
    assert found.detail["drawn"]["drawn"] is True


def test_a_photo_keeps_its_verdict(core: TechnicalCore) -> None:
    """Nothing is held back from it."""
    found = measured(core, pictures.blurred(SCENE, 3))
    assert not found.drawn
    assert found.values["brisque"] is not None
    assert found.findings["brisque"].startswith("visibly degraded")


def test_a_drawn_picture_keeps_its_margins() -> None:
    """An icon's ground is part of it, straight edges or not."""
    icon = np.pad(pictures.flat(90, 300, 300), 100, constant_values=255)
    icon[160:240, 160:240] = 200
    seen = pictures_of(planes(icon))
    assert seen[GREY_PREVIEW].pixels.shape == (250, 250)
    assert not seen[GREY_PREVIEW].borders
