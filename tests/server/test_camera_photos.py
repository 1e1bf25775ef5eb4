"""What a camera of 24 megapixels writes passes by default, whichever way it comes."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

MIB = 2**20
FORM = {"content-type": "application/x-www-form-urlencoded"}
JPEG = {"content-type": "image/jpeg"}
Send = Callable[[httpx.Client, bytes], httpx.Response]


@pytest.fixture(scope="module")
def camera() -> bytes:
    """A JPEG of 24 megapixels and some 11 MiB: noise, as no camera is without."""
    noise = np.random.default_rng(5).normal(128, 9, (1000, 1500, 1))
    tile = np.clip(noise + np.linspace(-60, 60, 3), 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(np.tile(tile, (4, 4, 1))).save(file, "JPEG", quality=94)
    data = file.getvalue()
    assert 9 * MIB < len(data) < 16 * MIB
    return data


def _file(photo: bytes) -> tuple[str, bytes, str]:
    return ("a.jpg", photo, "image/jpeg")


def _base64(photo: bytes) -> str:
    return base64.b64encode(photo).decode()


WAYS: dict[str, Send] = {
    "upload": lambda client, photo: client.post("/classify", files={"file": _file(photo)}),
    "raw": lambda client, photo: client.post("/classify", content=photo, headers=JPEG),
    "without a type": lambda client, photo: client.post("/classify", content=photo, headers=FORM),
    "base64": lambda client, photo: client.post("/classify", json={"image": _base64(photo)}),
    "own labels": lambda client, photo: client.post(
        "/classify", json={"image": _base64(photo), "labels": ["a", "b"]}
    ),
    "encoder": lambda client, photo: client.post("/encode_image", files={"image": _file(photo)}),
    "embedding": lambda client, photo: client.post("/embed", json={"image": _base64(photo)}),
    "analyze": lambda client, photo: client.post("/analyze", files={"file": _file(photo)}),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_alone(way: Send, client: httpx.Client, camera: bytes) -> None:
    """By each way a single photo takes."""
    answer = way(client, camera)
    assert answer.status_code == 200, answer.text[:500]


def test_in_a_batch(client: httpx.Client, camera: bytes, roots: Path) -> None:
    """As a file, by path, and as a data URI; what is too large alone is not in a batch."""
    large = camera + bytes(40 * MIB - len(camera))
    (roots / "camera.jpg").write_bytes(large)
    data_uri = f"data:image/jpeg;base64,{_base64(large)}"
    try:
        sent = client.post("/features", files={"files": _file(large)})
        named = client.post(
            "/features",
            json={"artifacts": [{"std_uri": "camera.jpg"}, {"std_uri": data_uri}]},
        )
        analyzed = client.get("/analyze", params={"file": "camera.jpg"})
    finally:
        (roots / "camera.jpg").unlink()
    for answer, count in ((sent, 1), (named, 2)):
        assert answer.status_code == 200, answer.text[:500]
        items = answer.json()["artifacts"]
        assert [item["features"]["detail"]["photo"]["width"] for item in items] == [6000] * count
    assert analyzed.status_code == 200, analyzed.text


@pytest.mark.parametrize("way", ["upload", "without a type", "base64", "encoder", "analyze"])
def test_too_large_alone(way: str, client: httpx.Client) -> None:
    """The refusal says how much is taken and which setting the operator may raise."""
    answer = WAYS[way](client, b"\xff\xd8\xff" + bytes(34 * MIB))
    error: dict[str, Any] = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "too_large")
    assert "32 MiB (FRAMED_MAX_PHOTO_BYTES)" in answer.text


def test_too_large_for_a_batch(client: httpx.Client, roots: Path) -> None:
    """Likewise, at the item."""
    with (roots / "huge.jpg").open("wb") as file:
        file.truncate(65 * MIB)
    try:
        answer = client.post("/features", json={"artifacts": [{"std_uri": "huge.jpg"}]})
    finally:
        (roots / "huge.jpg").unlink()
    error = answer.json()["artifacts"][0]["error"]
    assert error["code"] == "too_large"
    assert "64 MiB (FRAMED_MAX_BATCH_PHOTO_BYTES)" in error["message"]
