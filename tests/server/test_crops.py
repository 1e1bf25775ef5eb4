"""`crops` against the real server: the stated rule is what happens, in every way in."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path
from typing import Any

import bentoml
import httpx
import numpy as np
import pytest
from PIL import ExifTags, Image

from tests.server.running import RunningServer

LABELS = ["the sea", "a wooden pier", "a dog", "the evening sky"]
CLOSE = 6e-3  # of a cosine, where photos may be shrunk on load
MODES = ("grid", "saliency")


def classify(client: httpx.Client, photo: bytes, **asked: Any) -> dict[str, Any]:
    answer = client.post(
        "/classify", files={"file": photo}, params={"labels": LABELS, "templates": "raw", **asked}
    )
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def scores(body: dict[str, Any]) -> np.ndarray:
    """The cosines in the order of the labels asked."""
    by_label = {each["label"]: each["score"] for each in body["results"]}
    return np.array([by_label[label] for label in LABELS])


def png(picture: Image.Image) -> bytes:
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def without(body: dict[str, Any]) -> dict[str, Any]:
    """The answer less what differs from one request to the next."""
    return {k: v for k, v in body.items() if k not in ("request_id", "inference_time_ms")}


@pytest.mark.parametrize("mode", MODES)
def test_the_answer_is_the_mean_of_what_each_region_gives_alone(
    client: httpx.Client, sample: Path, mode: str
) -> None:
    """Cut by hand and sent one by one, the regions have the labels and figures that are told."""
    body = classify(client, sample.read_bytes(), crops=mode, decode="exact")
    told = body["crops"]
    assert (told["mode"], told["merge"]) == (mode, "mean of cosines")
    picture, alone = Image.open(sample), []
    for region in told["regions"]:
        x, y, width, height = region["box"]
        part = classify(client, png(picture.crop((x, y, x + width, y + height))))
        best = part["results"][0]
        assert region["label"] == best["label"]
        assert region["score"] == pytest.approx(best["score"], abs=CLOSE)
        alone.append(scores(part))
    assert 2 <= len(alone) <= 6
    np.testing.assert_allclose(scores(body), np.mean(alone, axis=0), atol=CLOSE)
    shares = np.exp((scores(body) - scores(body).max()) / 0.01)
    told_shares = [body["scores"][label] for label in LABELS]
    np.testing.assert_allclose(told_shares, shares / shares.sum(), atol=1e-6)
    assert body["top_label"] == body["results"][0]["label"]


@pytest.mark.parametrize("mode", MODES)
def test_every_way_in_gives_the_same(
    client: httpx.Client, server: RunningServer, sample: Path, mode: str
) -> None:
    """Multipart, raw, JSON, the SDK and `/features` look at the same places and see the same."""
    photo = sample.read_bytes()
    asked = {"crops": mode, "top_k": 3}
    upload = client.post("/classify", files={"file": photo}, params=asked).json()
    raw = client.post(
        "/classify", content=photo, params=asked, headers={"content-type": "image/jpeg"}
    ).json()
    text = base64.b64encode(photo).decode()
    inline = client.post("/classify", json={"image": text, **asked}).json()
    assert without(upload) == without(raw) == without(inline)
    with bentoml.SyncHTTPClient(server.url) as framed:
        assert without(framed.classify(file=sample, crops=mode, top_k=3)) == without(upload)
    answer = client.post("/features", files={"files": photo}, params=asked).json()
    features = answer["artifacts"][0]["features"]
    boxes = [region["box"] for region in upload["crops"]["regions"]]
    assert [each["box"] for each in features["detail"]["crops"]["regions"]] == boxes
    best, first = features["clip_labels"][0], upload["results"][0]
    assert best["cosine_score"] == pytest.approx(first["score"], abs=CLOSE)


def test_boxes_of_a_turned_photo_are_upright(client: httpx.Client, sample: Path) -> None:
    """A file that is stored on its side is cut as it is seen."""
    picture, turned, straight = Image.open(sample), BytesIO(), BytesIO()
    block = Image.Exif()
    block[ExifTags.Base.Orientation] = 6
    picture.transpose(Image.Transpose.ROTATE_90).save(turned, "JPEG", quality=95, exif=block)
    picture.save(straight, "JPEG", quality=95)
    seen = [classify(client, file.getvalue(), crops="grid") for file in (turned, straight)]
    first, second = (body["crops"]["regions"] for body in seen)
    assert [each["box"] for each in first] == [each["box"] for each in second]
    assert first[0]["box"] == [0, 0, *picture.size]
    np.testing.assert_allclose(scores(seen[0]), scores(seen[1]), atol=CLOSE)


def test_without_crops_nothing_changes(client: httpx.Client, sample: Path) -> None:
    """`crops=none` is the answer without the word, and the whole's region is that answer too."""
    photo = sample.read_bytes()
    plain = classify(client, photo)
    assert without(classify(client, photo, crops="none")) == without(plain)
    whole = classify(client, photo, crops="grid")["crops"]["regions"][0]
    assert whole["label"] == plain["results"][0]["label"]
    assert whole["score"] == pytest.approx(plain["results"][0]["score"], abs=CLOSE)


def test_a_threshold_is_held_against_the_merged_answer(client: httpx.Client, sample: Path) -> None:
    """Regions tell their best labels even where the answer is unsure."""
    body = classify(client, sample.read_bytes(), crops="grid", threshold=1, temperature=1)
    assert [each["label"] for each in body["results"]] == ["unsure"]
    assert {each["label"] for each in body["crops"]["regions"]} <= set(LABELS)
