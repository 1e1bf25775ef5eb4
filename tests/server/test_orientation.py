"""However a camera was held, the answers are those of the upright photo."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

LOSSLESS = 1e-3  # of a cosine: the same pixels
RECOMPRESSED = 2e-2  # of a cosine: the same picture, each turn of it through JPEG on its own
METRIC = 1e-6  # of a metric of the same pixels
SUBJECTS = ("landscape", "portrait")
ORIENTATIONS = range(1, 9)
ORIENTATION_TAG = 0x0112
STORED = {  # how an upright picture lies in a file whose tag says N
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def _classified(client: httpx.Client, photo: bytes) -> dict[str, float]:
    answer = client.post("/classify?top_k=10", files={"file": photo})
    assert answer.status_code == 200, answer.text
    return {each["label"]: each["score"] for each in answer.json()["results"]}


def _encoded(client: httpx.Client, photo: bytes) -> Any:
    return np.array(client.post("/encode_image", files={"image": photo}).json())


def _features(client: httpx.Client, photo: bytes) -> dict[str, Any]:
    answer = client.post("/features?top_k=10", files={"files": photo})
    features: dict[str, Any] = answer.json()["artifacts"][0]["features"]
    return features


def _labelled(features: Mapping[str, Any]) -> dict[str, float]:
    return {each["label"]: each["cosine_score"] for each in features["clip_labels"]}


def _assert_close(
    found: Mapping[str, float], upright: Mapping[str, float], tolerance: float
) -> None:
    """The labels that both show agree; one that only one shows is beyond the last of the other."""
    for label in found.keys() | upright.keys():
        missing = min(found.values() if label not in found else upright.values())
        apart = found.get(label, missing) - upright.get(label, missing)
        assert abs(apart) <= tolerance, (label, apart)


def _assert_same_answers(
    client: httpx.Client, photo: bytes, upright: bytes, tolerance: float
) -> None:
    _assert_close(_classified(client, photo), _classified(client, upright), tolerance)
    assert _encoded(client, photo) @ _encoded(client, upright) >= 1 - tolerance
    features, expected = _features(client, photo), _features(client, upright)
    _assert_close(_labelled(features), _labelled(expected), tolerance)
    for side in ("width", "height"):
        assert features["detail"]["photo"][side] == expected["detail"]["photo"][side]
    if tolerance <= LOSSLESS:
        assert features["tech"] == pytest.approx(expected["tech"], abs=METRIC)


def _stored(upright: Image.Image, orientation: int, *, tagged: bool = True) -> bytes:
    turned = upright.transpose(STORED[orientation]) if orientation in STORED else upright
    exif = Image.Exif()
    if tagged:
        exif[ORIENTATION_TAG] = orientation
    written = io.BytesIO()
    turned.save(written, "PNG", exif=exif)
    return written.getvalue()


@pytest.fixture(scope="module")
def upright(sample: Path) -> Image.Image:
    """The sample photo, small and cut off its middle, so that no turn of it looks like another."""
    with Image.open(sample) as opened:
        return opened.convert("RGB").resize((300, 200)).crop((0, 0, 250, 160))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_turned_sample_answers_as_upright(client, upright, orientation):
    """Each of the eight orientations of one picture gets the upright picture's answers."""
    photo = _stored(upright, orientation)
    _assert_same_answers(client, photo, _stored(upright, 1, tagged=False), LOSSLESS)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_orientation_is_needed(client, upright, orientation):
    """Without its tag a turned picture is another picture: the promise above can fail."""
    lying = _encoded(client, _stored(upright, orientation, tagged=False))
    assert lying @ _encoded(client, _stored(upright, 1)) < 1 - RECOMPRESSED


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize(
    ("ending", "tolerance"), [("png", LOSSLESS), ("jpg", RECOMPRESSED)], ids=["png", "jpg"]
)
def test_reference_orientations(client, shared_data, subject, ending, tolerance, orientation):
    """The reference files get the answers of their upright twin, which went through JPEG as well.

    Compared with the lossless picture, JPEG alone moves these small photos by up to .04.
    """
    folder = shared_data / "orientation"
    upright = f"{subject}_upright.png" if ending == "png" else f"{subject}_1.jpg"
    photo = (folder / f"{subject}_{orientation}.{ending}").read_bytes()
    _assert_same_answers(client, photo, (folder / upright).read_bytes(), tolerance)
