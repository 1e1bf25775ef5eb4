"""The embedding service's and the encoder service's calls against the real server."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.server.running import RunningServer

TEXTS = ["a cup of coffee", "a pier at sunset", "a cat"]


def _base64(photo: Path) -> str:
    return base64.b64encode(photo.read_bytes()).decode()


def _post(client: httpx.Client, path: str, given: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json=given)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_embed_is_a_unit_vector_of_the_stated_dimension(client, sample):
    """As long as `/health` says, and the same as `/encode_image` gives for the file."""
    row = np.array(_post(client, "/embed", {"image": _base64(sample)})["embedding"], np.float32)
    assert len(row) == client.get("/health").json()["embedding_dimension"]
    assert np.linalg.norm(row) == pytest.approx(1.0, abs=1e-5)
    same = client.post("/encode_image", files={"image": sample.read_bytes()}).json()
    np.testing.assert_allclose(row, np.array(same, np.float32), atol=1e-5)


def test_similarity_is_the_dot_product(client, sample):
    """Of `/embed` and `/encode_text`, to 1e-5, one text or many."""
    image = _base64(sample)
    row = np.array(_post(client, "/embed", {"image": image})["embedding"])
    texts = np.array(client.post("/encode_text", json={"texts": TEXTS}).json())
    many = _post(client, "/batch-similarity", {"image": image, "texts": TEXTS})["similarities"]
    assert list(many) == TEXTS
    np.testing.assert_allclose(list(many.values()), texts @ row, atol=1e-5)
    for text, expected in zip(TEXTS, texts @ row, strict=True):
        one = _post(client, "/similarity", {"image": image, "text": text})["similarity"]
        assert one == pytest.approx(expected, abs=1e-5)
    assert max(many, key=lambda text: many[text]) == "a pier at sunset"


def test_a_hundred_texts(client, sample):
    """As many as may be, each with its cosine."""
    texts = [f"a photo number {n}" for n in range(100)]
    found = _post(client, "/batch-similarity", {"image": _base64(sample), "texts": texts})
    assert list(found["similarities"]) == texts


def test_a_photo_is_no_anomaly_to_itself(client, sample):
    """And another one is, between 0 and 1."""
    own = _post(client, "/embed", {"image": _base64(sample)})["embedding"]
    same = _post(client, "/anomaly-score", {"image": _base64(sample), "baseline_embedding": own})
    assert 0 <= same["anomaly_score"] < 1e-3
    other = sample.with_name("cat.jpg")
    found = _post(client, "/anomaly-score", {"image": _base64(other), "baseline_embedding": own})
    assert 0.01 < found["anomaly_score"] <= 1
    assert found["anomaly_score"] == pytest.approx(min(1 - found["similarity_to_baseline"], 1))


def test_classify_as_the_embedding_service_was_asked(client, sample):
    """Image and labels in JSON: scores that sum to 1, the best of them by name, and the time."""
    labels = ["person walking", "delivery driver", "a pier at sunset"]
    body = _post(client, "/classify", {"image": _base64(sample), "labels": labels})
    assert list(body["scores"]) == labels
    assert sum(body["scores"].values()) == pytest.approx(1, abs=1e-5)
    assert body["top_label"] == "a pier at sunset"
    assert body["inference_time_ms"] > 0


def test_the_embedding_services_own_python(server, sample):
    """Its integration example, host and port aside."""
    url = f"{server.url}/embed"

    async def get_embedding(image_base64: str) -> list[float]:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            response = await client.post(url, json={"image": image_base64})
            return response.json()["embedding"]

    one, again = (asyncio.run(get_embedding(_base64(sample))) for _ in range(2))
    similarity = float(np.dot(one, again))
    assert similarity > 0.85  # "Same person detected!"


def test_the_encoder_services_own_python(server, sample):
    """Its client example, host and port aside."""
    requests = pytest.importorskip("requests", reason="the package requests is not installed")
    with sample.open("rb") as f:
        response = requests.post(
            f"{server.url}/encode_image", files={"image": f}, proxies={"http": None}
        )
    embedding = response.json()
    health = requests.get(f"{server.url}/health", proxies={"http": None}).json()
    assert len(embedding) == health["embedding_size"]
    assert health["status"] == "healthy"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_encoder_services_own_curl(server: RunningServer, sample):
    """Both of its commands, host and port aside."""

    def curl(*arguments: str) -> Any:
        said = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", *arguments], capture_output=True, check=True
        )
        return json.loads(said.stdout)

    health = curl(f"{server.url}/health")
    row = curl("-X", "POST", f"{server.url}/encode_image", "-F", f"image=@{sample}")
    assert health.keys() >= {"status", "model", "device", "embedding_size"}
    assert len(row) == health["embedding_size"]
    assert all(isinstance(number, float) for number in row)


def test_several_photos_in_one_call(client, sample):
    """A list of lists, in their order."""
    photos = [sample, sample.with_name("cat.jpg")]
    many = client.post(
        "/encode_image", files=[("image", (p.name, p.read_bytes())) for p in photos]
    ).json()
    for row, photo in zip(many, photos, strict=True):
        alone = client.post("/encode_image", files={"image": photo.read_bytes()}).json()
        np.testing.assert_allclose(row, alone, atol=1e-4)


def test_photoprism_is_answered_in_its_words(client, sample):
    """A picture as data URI; the labels are those of `/classify`."""
    given = {
        "id": "3487da77-246e-4b4c-9437-67507177bcd7",
        "model": "nasnet:latest",
        "images": [f"data:image/jpeg;base64,{_base64(sample)}"],
    }
    body = _post(client, "/api/v1/vision/labels", given)
    assert body["id"] == given["id"]
    plain = client.post("/classify", files={"file": sample.read_bytes()}).json()
    assert body["model"]["name"] == plain["model"]
    expected = [each["label"] for each in plain["results"] if each["prob"] >= 0.01]
    assert [label["name"] for label in body["result"]["labels"]] == expected
