"""From a file's bytes to all metrics, as the service does it: the documented values hold."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from framed.imaging.prepare import prepare
from framed.photo import DecodeSpec, Pixels, PlaneName, ViewSpec
from framed.results import Measurements
from runners.technical.core import TechnicalCore
from tests.imaging.pictures import encoded, exif, scene
from tests.technical import pictures
from tests.technical.pictures import PHOTOS

DATA = PHOTOS.parent
DECODE = DecodeSpec(min_short_side=3 * 224, min_long_side=1024)  # as `/features` asks
TOLERANCES = {  # of facts that stand beside the photos
    "sharpness": 0.002,
    "sharpness_local": 0.01,
    "exposure": 0.005,
    "noise": 0.003,
    "brisque": 0.005,
    "horizon_deg": 0.2,
    "horizon_confidence": 0.08,
}


@pytest.fixture(scope="module")
def core() -> Iterator[TechnicalCore]:
    core = TechnicalCore(8)
    yield core
    core.close()


def planes_of(core: TechnicalCore, data: bytes) -> Mapping[PlaneName, Pixels]:
    """The views of a file that the metrics of `core` ask for."""
    names = asyncio.run(core.describe()).planes(requested=("noise_full",))
    return prepare(data, DECODE, ViewSpec(planes=names)).views.planes


def png(pixels: Any, **options: Any) -> bytes:
    """A file of RGB pixels [h, w, 3]."""
    return encoded(Image.fromarray(np.ascontiguousarray(pixels, np.uint8)), "PNG", **options)


def measured(core: TechnicalCore, data: bytes) -> Measurements:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ResourceWarning)  # other tests' leavings, collected here
        found = asyncio.run(core.measure(planes_of(core, data)))
    check_plain(found)
    return found


def check_plain(found: Measurements) -> None:
    """Numbers of JSON, no NaN, and a reason for each null."""
    json.dumps([found.values, found.detail, found.warnings, found.findings], allow_nan=False)
    for name, value in found.values.items():
        assert type(value) in (float, type(None)), name
        assert (value is None) == (name in found.warnings), name


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    if not PHOTOS.is_dir():
        pytest.skip("the shared photos are not here")
    return {photo.name: photo.read_bytes() for photo in sorted(PHOTOS.glob("*.jpg"))}


@pytest.fixture(scope="module")
def found(core: TechnicalCore, files: dict[str, bytes]) -> dict[str, Measurements]:
    """All measurements of all shared photos."""
    return {name: measured(core, data) for name, data in files.items()}


def test_every_photo_has_its_documented_values(
    found: dict[str, Measurements], references: list[dict[str, Any]]
) -> None:
    """Each metric of each photo within its tolerance; a null where a null is documented."""
    for reference in references:
        values, detail = found[reference["file"]].values, found[reference["file"]].detail
        for name, tolerance in TOLERANCES.items():
            if reference[name] is None:
                assert values[name] is None, (reference["file"], name)
            else:
                near = pytest.approx(reference[name], abs=tolerance)
                assert values[name] == near, (reference["file"], name)
        assert detail["sharpness"]["tenengrad"] == pytest.approx(reference["tenengrad"], rel=0.015)
        assert detail["brisque"]["raw"] == pytest.approx(reference["brisque_raw"], abs=0.5)
        if reference["motion_deg"] is None:
            assert detail["motion"]["deg"] is None
        else:
            apart = abs(detail["motion"]["deg"] - reference["motion_deg"]) % 180
            assert min(apart, 180 - apart) < 2


def test_eight_threads_give_the_serial_numbers(
    core: TechnicalCore, files: dict[str, bytes], found: dict[str, Measurements]
) -> None:
    """All photos at once through eight threads, twice: every number as when each was alone."""
    planes = [planes_of(core, data) for data in files.values()]

    async def together() -> list[Measurements]:
        return await asyncio.gather(*map(core.measure, [*planes, *planes]))

    assert asyncio.run(together()) == [*found.values(), *found.values()]


def test_threads_on_drawn_pictures(core: TechnicalCore) -> None:
    """The same without any photo at hand."""
    greys = [pictures.with_noise(pictures.hills(300, 400), sigma) for sigma in range(12)]
    views: list[dict[PlaneName, Pixels]] = [
        {"grey_preview": grey, "luma": grey, "full_crop": grey} for grey in greys
    ]

    async def together() -> list[Measurements]:
        return await asyncio.gather(*map(core.measure, views * 4))

    assert asyncio.run(together()) == [asyncio.run(core.measure(view)) for view in views] * 4


def orientations(kind: str, ending: str) -> list[bytes]:
    folder = DATA / "orientation"
    if not folder.is_dir():
        pytest.skip("the shared orientation files are not here")
    return [(folder / f"{kind}_{turn}.{ending}").read_bytes() for turn in range(1, 9)]


@pytest.mark.parametrize("kind", ["landscape", "portrait"])
def test_orientation_changes_nothing(core: TechnicalCore, kind: str) -> None:
    """The eight PNG of one scene give the very same numbers, the eight JPEG nearly."""
    first, *others = [measured(core, data) for data in orientations(kind, "png")]
    assert others == [first] * 7
    for data in orientations(kind, "jpg"):
        values = measured(core, data).values
        for name, tolerance in (("sharpness", 0.001), ("exposure", 0.01), ("noise", 0.02)):
            assert values[name] == pytest.approx(first.values[name], abs=tolerance)


def test_brisque_sees_a_photo_on_its_side(core: TechnicalCore) -> None:
    """4.704 upright and 8.252 turned: a missing turn would show."""
    upright = measured(core, orientations("landscape", "png")[5])
    assert upright.detail["brisque"]["raw"] == pytest.approx(4.704, abs=0.1)
    turned = planes_of(core, orientations("landscape", "png")[0])["luma"]
    planes: dict[PlaneName, Pixels] = {"grey_preview": turned, "luma": np.rot90(turned).copy()}
    raw = asyncio.run(core.measure(planes)).detail["brisque"]["raw"]
    assert raw == pytest.approx(8.252, abs=0.1)


def test_drawn_orientations(core: TechnicalCore) -> None:
    """A self-made scene stored in eight ways reads the same, without any photo at hand."""
    upright = np.asarray(scene(200, 300))
    stored = {
        1: upright,
        3: np.rot90(upright, 2),
        6: np.rot90(upright),
        8: np.rot90(upright, -1),
    }
    readings = [measured(core, png(pixels, exif=exif(turn))) for turn, pixels in stored.items()]
    assert readings[1:] == readings[:1] * 3


def odd(name: str) -> bytes:
    path = DATA / "odd" / name
    if not path.is_file():
        pytest.skip("the shared odd files are not here")
    return path.read_bytes()


def grey_of(core: TechnicalCore, data: bytes) -> np.ndarray[Any, np.dtype[np.float64]]:
    return planes_of(core, data)["grey_preview"].astype(np.float64)


def test_odd_files_have_the_grey_they_should(core: TechnicalCore) -> None:
    """16 bits are scaled, CMYK and wide colour spaces are converted, a strip keeps one pixel."""
    baseline = grey_of(core, odd("grey.jpg"))
    assert grey_of(core, odd("grey16.png")).mean() == pytest.approx(baseline.mean(), abs=1)
    cmyk, plain = grey_of(core, odd("cmyk.jpg")), grey_of(core, odd("baseline.jpg"))
    assert cmyk.mean() == pytest.approx(plain.mean(), abs=2)
    managed = grey_of(core, odd("icc_prophoto.jpg")) - grey_of(core, odd("lossless.webp"))
    assert np.abs(managed).mean() < 3
    assert grey_of(core, odd("strip.png")).shape == (1, 512)


def test_one_pixel_has_an_exposure_and_nothing_else(core: TechnicalCore) -> None:
    """Every other metric is null with a reason."""
    found = measured(core, png(np.full((1, 1, 3), 90, np.uint8)))
    assert [name for name, value in found.values.items() if value is not None] == ["exposure"]


HARD = {
    "black": np.zeros((300, 400, 3), np.uint8),
    "white": np.full((300, 400, 3), 255, np.uint8),
    "grey": np.full((300, 400, 3), 119, np.uint8),
    "one pixel wide": np.arange(600, dtype=np.uint16).reshape(600, 1, 1).repeat(3, 2) % 256,
    "checkerboard": pictures.checkerboard(300, 400)[:, :, None].repeat(3, 2),
    "coarse checkerboard": pictures.checkerboard(30, 40)
    .repeat(20, 0)
    .repeat(20, 1)[:, :, None]
    .repeat(3, 2),
    "huge": np.tile(np.asarray(scene(500, 500)), (10, 13, 1)),
}


@pytest.mark.parametrize("picture", HARD.values(), ids=HARD.keys())
def test_hard_pictures(core: TechnicalCore, picture: Pixels) -> None:
    """Numbers or reasons, without a warning, from any file."""
    measured(core, png(picture))


def test_sixteen_bits(core: TechnicalCore, tmp_path: Path) -> None:
    """A grey PNG of 16 bits reads like the same picture of 8."""
    import cv2

    grey = pictures.hills(300, 400)
    deep = cv2.imencode(".png", grey.astype(np.uint16) * 257)[1].tobytes()
    plain = cv2.imencode(".png", grey)[1].tobytes()
    assert measured(core, deep).values == measured(core, plain).values
