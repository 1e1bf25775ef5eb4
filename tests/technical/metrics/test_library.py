"""The libraries' metrics: ours and theirs agree, and theirs keep our manners."""

from __future__ import annotations

import importlib.util
import logging
import subprocess
import sys
import threading
import urllib.request
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from runners.technical.metrics import METRICS, noise
from runners.technical.metrics.library import library_metrics
from runners.technical.metrics.metric import LUMA, RGB, Metric
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading, no_reading
from tests.technical import pictures
from tests.technical.pictures import PHOTOS, Grey

ABSENT = [name for name in ("piq", "skimage", "pywt") if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(ABSENT), reason=f"not installed: {', '.join(ABSENT)}")

REC_601 = np.array([[0.299, 0.587, 0.114]])  # as the front makes the luma view
Rgb = npt.NDArray[np.uint8]


def unmeasured(_: Picture) -> Reading:
    return no_reading("flat")


BRISQUE = Metric(  # as ours, whether or not it is in the table yet
    name="brisque",
    function=unmeasured,
    range=(0.0, 1.0),
    direction="higher is better",
    high="natural",
    low="damaged",
    version=4,
    view=LUMA,
)


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No warning and no network are tolerated; the home has no weights unless a test adds some."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("something asked the network")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    monkeypatch.setenv("HOME", str(tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ResourceWarning)  # other tests' leavings, collected here
        yield


def theirs(name: str) -> Metric:
    """The library's entry of that name."""
    return next(entry for entry in library_metrics((noise.METRIC, BRISQUE)) if entry.name == name)


def read(metric: Metric, pixels: npt.NDArray[np.uint8]) -> Reading:
    pixels.flags.writeable = False  # as views arrive from another process
    return metric.function(Picture(pixels))


def rgb(grey: Grey) -> Rgb:
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)


def photo(path: Path) -> Rgb:
    return np.asarray(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB), np.uint8)


def test_table_keeps_order_and_what_is_said() -> None:
    """Only function, view and backend of noise and brisque change; the others are the same."""
    ours = (METRICS[0], noise.METRIC, BRISQUE, METRICS[1])
    entries = library_metrics(ours)
    assert [entry.name for entry in entries] == [entry.name for entry in ours]
    assert (entries[0], entries[3]) == (ours[0], ours[3])
    for entry, own in zip(entries, ours, strict=True):
        for fact in ("range", "direction", "high", "low", "version", "extras", "finding"):
            assert getattr(entry, fact) == getattr(own, fact)
    assert (entries[1].view, entries[2].view) == (noise.METRIC.view, RGB)


def test_backends_carry_their_versions() -> None:
    """A cache can tell one release of a library from the next."""
    assert theirs("noise").backend.startswith("scikit-image ")
    assert theirs("brisque").backend.startswith("piq ")


def test_a_table_without_them_stays_as_it_is() -> None:
    """Nothing is added that was not measured before."""
    assert library_metrics(METRICS[:2]) == METRICS[:2]


def test_nothing_is_imported_unless_asked_for() -> None:
    """Neither the metrics nor this module bring PyTorch along."""
    code = (
        "import sys; import runners.technical.metrics.library as l; "
        "print(sorted({'torch', 'piq', 'skimage', 'pywt'} & sys.modules.keys()))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "grey",
    [
        pytest.param(pictures.hills(), id="hills"),
        pytest.param(pictures.gaussian_field(10, 65), id="noise"),
        pytest.param(pictures.checkerboard(), id="checkerboard"),
        pytest.param(pictures.ramp(), id="ramp"),
        pytest.param(pictures.flat(0), id="black"),
        pytest.param(pictures.flat(128), id="grey"),
        pytest.param(pictures.flat(255), id="white"),
        pytest.param(pictures.hills(8, 9), id="small"),
        pytest.param(pictures.hills(7, 90), id="too small"),
    ],
)
def test_noise_is_ours(grey: Grey) -> None:
    """scikit-image's noise is ours within 1e-9, reasons included."""
    own, other = read(noise.METRIC, grey), read(theirs("noise"), grey)
    assert other.reason == own.reason
    assert other.value == pytest.approx(own.value, abs=1e-9)
    assert dict(other.detail) == pytest.approx(dict(own.detail), abs=1e-9)


def test_noise_is_ours_on_photos(previews: dict[str, Grey]) -> None:
    """On real photos too."""
    metric = theirs("noise")
    for name, grey in previews.items():
        expected = read(noise.METRIC, grey).value
        assert read(metric, grey).value == pytest.approx(expected, abs=1e-9), name


def test_brisque_falls_with_damage() -> None:
    """A blurred scene is worse than the scene; the value is the clipped raw score turned round."""
    scene = pictures.with_noise(pictures.hills(), 3)
    sharp, blurred = (
        read(theirs("brisque"), rgb(grey)) for grey in (scene, pictures.blurred(scene, 4))
    )
    assert (sharp.value or 0.0) > (blurred.value or 0.0) + 0.2
    for reading in (sharp, blurred):
        assert reading.value == pytest.approx(1 - min(100, max(0, raw(reading))) / 100)


def raw(reading: Reading) -> float:
    return float(reading.detail["raw"])


def test_brisque_is_documented(references: list[dict[str, Any]]) -> None:
    """piq with the shipped parameters gives the documented scores of the shared photos."""
    metric = theirs("brisque")
    for reference in references[::11]:
        reading = read(metric, photo(PHOTOS / reference["file"]))
        assert raw(reading) == pytest.approx(reference["brisque_raw"], abs=0.5), reference["file"]


def test_brisque_is_ours(references: list[dict[str, Any]]) -> None:
    """Ours and piq's raw scores are within a quarter of a point of 100."""
    ours = pytest.importorskip("runners.technical.metrics.brisque", reason="not written yet")
    metric = theirs("brisque")
    for reference in references[3::11]:
        pixels = photo(PHOTOS / reference["file"])
        luma = np.asarray(cv2.transform(pixels, REC_601), np.uint8)
        assert raw(read(ours.METRIC, luma)) == pytest.approx(raw(read(metric, pixels)), abs=0.25)


@pytest.mark.parametrize(
    ("grey", "reason"),
    [
        pytest.param(pictures.flat(0), "flat", id="black"),
        pytest.param(pictures.flat(128), "flat", id="grey"),
        pytest.param(pictures.checkerboard(), "flat", id="checkerboard"),
        pytest.param(pictures.hills(31, 200), "too_small", id="low"),
        pytest.param(pictures.hills(1, 1), "too_small", id="a pixel"),
    ],
)
def test_brisque_says_why_it_has_none(grey: Grey, reason: str) -> None:
    """What piq refuses by an assertion, or should have, has no number but a reason."""
    reading = read(theirs("brisque"), rgb(grey))
    assert (reading.value, reading.reason) == (None, reason)


def test_brisque_is_the_same_from_several_threads() -> None:
    """The parameters are shared; piq's in-place transposing does not reach them."""
    metric = theirs("brisque")
    scene = rgb(pictures.hills(64, 64))
    expected, scores = raw(read(metric, scene)), []
    threads = [
        threading.Thread(target=lambda: scores.append(raw(read(metric, scene)))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert scores == [expected] * 8


def test_clip_iqa_without_weights_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """One line of the log names the files that piq would have downloaded, and where they go."""
    with caplog.at_level(logging.WARNING, logger="framed.technical"):
        entries = library_metrics((noise.METRIC, BRISQUE))
    assert [entry.name for entry in entries] == ["noise", "brisque"]
    assert len(caplog.messages) == 1
    assert str(Path.home() / ".cache" / "clip" / "RN50.pt") in caplog.messages[0]


@pytest.fixture
def weights(tmp_path: Path) -> None:
    """A CLIP with a tiny residual network and random weights, as the files that piq looks for."""
    import torch
    from piq.feature_extractors import clip

    torch.manual_seed(3)
    model = clip.CLIP(
        embed_dim=32,
        image_resolution=224,
        vision_layers=(1, 1, 1, 1),
        vision_width=8,
        vision_patch_size=None,
        context_length=77,
        vocab_size=64,
        transformer_width=64,
        transformer_heads=1,
        transformer_layers=1,
    )
    folder = tmp_path / ".cache" / "clip"
    folder.mkdir(parents=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript, which piq's file is, is on its way out
        torch.jit.save(torch.jit.script(only_parameters(model)), str(folder / "RN50.pt"))
    torch.save(torch.randint(1, 64, (2, 77)), folder / "clipiqa_tokens.pt")


def only_parameters(model: Any) -> Any:
    """A module of the same parameters and buffers that TorchScript has nothing to compile of."""
    import torch

    bare = torch.nn.Module()
    for name, child in model.named_children():
        bare.add_module(name, only_parameters(child))
    for name, parameter in model.named_parameters(recurse=False):
        bare.register_parameter(name, parameter)
    for name, buffer in model.named_buffers(recurse=False):
        bare.register_buffer(name, buffer)
    return bare


@pytest.mark.usefixtures("weights")
def test_clip_iqa_with_weights_comes_before_brisque() -> None:
    """Where piq finds its files, the entry is there, in the order that users know."""
    names = [entry.name for entry in library_metrics((noise.METRIC, BRISQUE))]
    assert names == ["noise", "clip_iqa", "brisque"]
    assert theirs("clip_iqa").backend == "piq-rn50"


@pytest.mark.usefixtures("weights")
def test_clip_iqa_is_that_of_piq() -> None:
    """A photo with a short side of 336 px is seen as it is; others have a value in 0..1 too."""
    import torch
    from piq import CLIPIQA

    metric = theirs("clip_iqa")
    scene = rgb(pictures.hills(336, 400))
    tensor = torch.from_numpy(np.array(scene)).permute(2, 0, 1)[None].float() / 255
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = float(CLIPIQA(data_range=1.0)(tensor))
    assert read(metric, scene).value == pytest.approx(expected, abs=1e-5)
    for height, width in ((100, 150), (1024, 683), (32, 1024), (1024, 32)):
        value = read(metric, rgb(pictures.hills(height, width))).value
        assert value is not None
        assert 0.0 <= value <= 1.0


@pytest.mark.usefixtures("weights")
def test_clip_iqa_of_a_tiny_picture() -> None:
    """A side under 32 px gives no number but a reason."""
    reading = read(theirs("clip_iqa"), rgb(pictures.hills(31, 400)))
    assert (reading.value, reading.reason) == (None, "too_small")
