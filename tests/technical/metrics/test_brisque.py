"""BRISQUE: piq's score with the same model, a reason where there is none, lower for damage."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from runners.technical.metrics import brisque as module
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading
from runners.technical.metrics.support_vectors import live_model
from tests.technical import pictures
from tests.technical.pictures import PHOTOS, Grey

Score = Callable[[Grey], float]
CONFIG = Path(__file__).parents[3] / "config" / "brisque"


def brisque(grey: Grey) -> Reading:
    return module.brisque(Picture(grey))


def raw(grey: Grey) -> float:
    return float(brisque(grey).detail["raw"])


def luma(photo: Path) -> Grey:
    """Rounded Rec. 601 luma of a photo of at most 1024 px."""
    rgb = np.asarray(Image.open(photo).convert("RGB"), np.float64)
    return np.clip(np.rint(rgb @ (0.299, 0.587, 0.114)), 0, 255).astype(np.uint8)


def scene(height: int = 300, width: int = 401) -> Grey:
    """A drawn scene with the statistics of a photo: detail of all sizes, the coarse strongest."""
    random = np.random.default_rng(3)
    layers = (
        cv2.resize(random.standard_normal((9 * 2**k, 13 * 2**k)), (width, height)) * 40 / 2**k
        for k in range(6)
    )
    grey: Grey = np.clip(np.rint(120 + sum(layers)), 0, 255).astype(np.uint8)
    return grey


def clipped(height: int = 300, width: int = 401) -> Grey:
    """The same with large areas lost in black, white and one middle grey."""
    grey = scene(height, width)
    grey[: height // 3] = np.where(grey[: height // 3] > 128, 255, 90)
    return np.where(grey < 100, 0, grey).astype(np.uint8)


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    """Whatever the picture, nothing is divided by zero or overflows."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ResourceWarning)  # other tests' leavings, collected here
        yield


@pytest.fixture
def piq_raw(monkeypatch: pytest.MonkeyPatch) -> Iterator[Score]:
    """piq's score in single precision, with our model in place of its download."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    pytest.importorskip("piq", reason="piq is not installed")
    piq: Any = importlib.import_module("piq.brisque")  # the name in piq itself is the function
    numbers = (live_model().sv_coef, live_model().sv)
    monkeypatch.setattr(
        piq,
        "load_url",
        lambda *_, **__: tuple(torch.tensor(n, dtype=torch.float32) for n in numbers),
    )

    def score(grey: Grey) -> float:
        tensor = torch.tensor(grey, dtype=torch.float32)[None, None]
        return float(piq.brisque(tensor, data_range=255))

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # idle ones would spin for most of the test's time
    yield score
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def lumas() -> dict[str, Grey]:
    """The luma view of the shared photos by file name."""
    if not PHOTOS.is_dir():
        pytest.skip("the shared photos are not here")
    return {photo.name: luma(photo) for photo in sorted(PHOTOS.glob("*.jpg"))}


@pytest.mark.parametrize(
    "size", [(32, 32), (33, 32), (47, 301), (300, 400), (301, 401), (700, 1024), (1000, 90)]
)
def test_is_piq(size: tuple[int, int], piq_raw: Score) -> None:
    """Even and odd sides, one strip of rows and many, give the score that piq gives."""
    grey = scene(*size)
    assert raw(grey) == pytest.approx(piq_raw(grey), abs=0.02)


@pytest.mark.parametrize(
    "grey",
    [
        pytest.param(pictures.gaussian_field(20, 257), id="noise"),
        pytest.param(pictures.blurred(scene(), 2), id="blurred"),
        pytest.param(clipped(), id="clipped"),
        pytest.param(pictures.with_noise(clipped(), 4), id="clipped and noisy"),
        pytest.param(scene().T, id="on its side"),
    ],
)
def test_is_piq_on_damaged_pictures(grey: Grey, piq_raw: Score) -> None:
    """Flat areas, where rounding decides, do not tell it from piq."""
    assert raw(grey) == pytest.approx(piq_raw(grey), abs=0.25)


def test_is_piq_on_every_photo(lumas: dict[str, Grey], piq_raw: Score) -> None:
    """On real photos the scores are within 0.25 of piq's, the median within 0.02."""
    errors = {name: abs(raw(grey) - piq_raw(grey)) for name, grey in lumas.items()}
    assert max(errors.values()) <= 0.25, errors
    assert np.median(list(errors.values())) <= 0.02, errors


def test_reference_values(lumas: dict[str, Grey], references: list[dict[str, Any]]) -> None:
    """Every photo gives the documented raw score."""
    for reference in references:
        reading = brisque(lumas[reference["file"]])
        assert reading.detail["raw"] == pytest.approx(reference["brisque_raw"], abs=0.5)
        assert reading.value == pytest.approx(reference["brisque"], abs=0.005)


@pytest.mark.parametrize(
    "grey",
    [
        pytest.param(pictures.flat(0), id="black"),
        pytest.param(pictures.flat(128), id="grey"),
        pytest.param(pictures.flat(255), id="white"),
        pytest.param(np.repeat(pictures.ramp()[:, ::255], 32, axis=1), id="two halves"),
        pytest.param(pictures.checkerboard(), id="checkerboard"),
    ],
)
def test_flat(grey: Grey) -> None:
    """Without variance, or without neighbours of both kinds, there is no number but a reason."""
    assert (brisque(grey).value, brisque(grey).reason) == (None, "flat")


@pytest.mark.parametrize(("height", "width"), [(1, 1), (500, 1), (1, 500), (31, 90), (90, 31)])
def test_too_small(height: int, width: int) -> None:
    """A side under 32 px gives no number but a reason."""
    reading = brisque(pictures.hills(height, width))
    assert (reading.value, reading.reason) == (None, "too_small")


@pytest.mark.parametrize(
    "grey",
    [
        pytest.param(pictures.ramp(), id="ramp"),
        pytest.param(pictures.step_edge(), id="step"),
        pytest.param(np.pad(pictures.flat(255, 1, 1), 40), id="one pixel"),
        pytest.param(pictures.checkerboard(64, 64).repeat(8, axis=0).repeat(8, axis=1), id="board"),
        pytest.param(pictures.hills(32, 60_000), id="wide"),
        pytest.param(pictures.hills(60_000, 32), id="tall"),
        pytest.param(pictures.hills()[::-1, ::-1], id="turned"),
    ],
)
def test_value_stays_in_range(grey: Grey) -> None:
    """However far from a photo, the value stays in 0..1, and is never NaN."""
    value = brisque(grey).value
    assert value is not None
    assert 0.0 <= value <= 1.0


def test_value_is_the_raw_score_clipped() -> None:
    """One is as good as undamaged photos, and blocks of 8 px, beyond the scale, are 0."""
    reading = brisque(scene())
    assert reading.value == pytest.approx(1 - reading.detail["raw"] / 100)
    blocks = np.random.default_rng(1).integers(0, 2, (64, 64)).astype(np.uint8) * 255
    beyond = brisque(blocks.repeat(8, axis=0).repeat(8, axis=1))
    assert (beyond.value, beyond.detail["raw"] > 100) == (0.0, True)


def test_falls_with_damage(lumas: dict[str, Grey]) -> None:
    """Blur, noise and compression each lower the median of the photos by a quarter or more."""

    def compressed(grey: Grey) -> Grey:
        data = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 10])[1]
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)

    some = list(lumas.values())[::4]
    before = np.median([brisque(grey).value for grey in some])
    for damaged in (
        compressed,
        lambda grey: pictures.blurred(grey, 2),
        lambda grey: pictures.with_noise(grey, 25),
    ):
        assert np.median([brisque(damaged(grey)).value for grey in some]) <= before - 0.25


def test_threads_change_nothing() -> None:
    """Eight threads at once give the very numbers of one after the other."""
    greys = [pictures.with_noise(scene(200 + k, 301), k) for k in range(24)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(brisque, greys)) == [brisque(grey) for grey in greys]


def test_picture_is_left_alone() -> None:
    """A read-only view, as it arrives from another process, is enough."""
    grey = scene()
    grey.flags.writeable = False
    assert brisque(grey).value is not None


def test_finding_names_damage_only() -> None:
    """Words where the value is low, none where it is not or where there is none."""
    finding = module.METRIC.finding
    assert "degraded" in (finding(Reading(0.2, {"raw": 80.0})) or "")
    assert finding(Reading(0.8, {"raw": 20.0})) is None
    assert finding(brisque(pictures.flat(0))) is None


def test_model_is_the_published_one() -> None:
    """774 support vectors of 36 features, without pickled objects, and the notice beside them."""
    model = live_model()
    assert (model.sv.shape, model.sv_coef.shape) == ((774, 36), (774,))
    assert (float(model.gamma), float(model.rho)) == (0.05, -153.591)
    assert "The University of Texas at Austin" in (CONFIG / "LICENSE.md").read_text("utf-8")
