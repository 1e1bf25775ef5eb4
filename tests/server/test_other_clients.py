"""Immich's, PhotoPrism's, Jina's and vLLM's requests against the real server and its model."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

SAME = 1e-5  # of a figure: a photo may go with another batch


def _uri(photo: Path) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(photo.read_bytes()).decode()}"


def _encoded(client: httpx.Client, photo: Path) -> list[float]:
    row: list[float] = client.post("/encode_image", files={"image": photo.read_bytes()}).json()
    return row


def _read(client: httpx.Client, text: str) -> list[float]:
    (row,) = client.post("/encode_text", json={"texts": [text]}).json()
    return row  # type: ignore[no-any-return]


def _predict(client: httpx.Client, kind: str, **form: Any) -> dict[str, Any]:
    entries = {"clip": {kind: {"modelName": "ViT-B-32__openai"}}}
    answer = client.post("/predict", files={"entries": (None, json.dumps(entries)), **form})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_immich_finds_a_photo_by_words(client, sample):
    """Both vectors are of one model, and are those of the other routes."""
    assert client.get("/ping").text == "pong"
    blob = ("blob", sample.read_bytes(), "application/octet-stream")
    seen = np.array(json.loads(_predict(client, "visual", image=blob)["clip"]))
    np.testing.assert_allclose(seen, _encoded(client, sample), atol=SAME)
    words = [
        np.array(json.loads(_predict(client, "textual", text=(None, each))["clip"]))
        for each in ("a pier at sunset", "a cup of coffee")
    ]
    assert words[0] @ seen > words[1] @ seen
    np.testing.assert_allclose(words[0], _read(client, "a pier at sunset"), atol=SAME)


def test_photoprism_reads_names_and_categories(client, sample):
    """In the language of the address, as sure as it wants, with what the bank says above them."""
    path = "/api/v1/vision/labels"
    asked = {"images": [_uri(sample)]}
    plain = client.post(path, json=asked).json()["result"]["labels"]
    german = client.post(f"{path}?language=de", json=asked).json()["result"]["labels"]
    assert [each["confidence"] for each in german] == pytest.approx(
        [each["confidence"] for each in plain], abs=SAME
    )
    assert {each["name"] for each in german}.isdisjoint(each["name"] for each in plain)
    groups = client.get("/labels").json()["groups"]
    for each in plain:
        assert {n for n, g in groups.items() if each["name"] in g["labels"]} <= {
            *each["categories"]
        }
    sure = client.post(f"{path}?threshold=0.3", json=asked).json()["result"]["labels"]
    assert [each["name"] for each in sure] == [
        each["name"] for each in plain if each["confidence"] >= 0.3
    ]


def test_objects_and_chats_have_the_same_vectors(client, sample):
    """Jina's and vLLM's, in floats and packed."""
    part = {"type": "image_url", "image_url": {"url": _uri(sample)}}
    given = {"input": [{"text": "a cat"}, {"image": _uri(sample)}], "embedding_type": "base64"}
    packed = client.post("/v1/embeddings", json=given).json()["data"]
    rows = [np.frombuffer(base64.b64decode(each["embedding"]), "<f4") for each in packed]
    np.testing.assert_allclose(rows[0], _read(client, "a cat"), atol=SAME)
    np.testing.assert_allclose(rows[1], _encoded(client, sample), atol=SAME)
    chat = client.post("/embeddings", json={"messages": [{"role": "user", "content": [part]}]})
    np.testing.assert_allclose(chat.json()["data"][0]["embedding"], rows[1], atol=SAME)


def test_a_long_caption_is_its_beginning(client):
    """What the model reads of it is the same, however much more there is."""
    words = "a long caption of a pier at sunset with boats "
    short, long = words * 40, words * 20_000
    answer = client.post("/v1/embeddings", json={"input": [short, long]}).json()
    one, other = (each["embedding"] for each in answer["data"])
    np.testing.assert_allclose(one, other, atol=SAME)
    assert [each["index"] for each in answer["remarks"]] == [1]
    refused = client.post("/encode_text", json={"texts": [long]})
    assert refused.status_code == 400


def test_a_photo_that_fails_costs_nobody_else_anything(client, sample):
    """Of photos sent as files and as text."""
    good, bad = sample.read_bytes(), sample.read_bytes()[:500]
    files = [("image", ("a.jpg", each, "image/jpeg")) for each in (good, bad, good)]
    answer = client.post("/encode_image?on_error=null", files=files)
    first, none, last = answer.json()
    assert none is None
    np.testing.assert_allclose(first, last, atol=SAME)
    assert answer.headers["x-errors"].startswith("1 ")
    broken = f"data:image/jpeg;base64,{base64.b64encode(bad).decode()}"
    given = {"input": [_uri(sample), broken, "a cat"], "on_error": "null"}
    data = client.post("/v1/embeddings", json=given).json()["data"]
    np.testing.assert_allclose(data[0]["embedding"], first, atol=SAME)
    assert data[1]["embedding"] is None
    assert data[1]["error"]["code"] == answer.headers["x-errors"][2:]
    assert len(data[2]["embedding"]) == len(first)


@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson"])
def test_embeddings_of_photos_by_path(client, sample, accept):
    """Beside their features, whole or streamed; the same as of `/encode_image`."""
    batch = {"artifacts": [{"std_uri": sample.name}, {"std_uri": "cat.jpg"}]}
    answer = client.post(
        "/features?embedding=true&top_k=all", json=batch, headers={"accept": accept}
    )
    if accept.endswith("ndjson"):
        lines = [json.loads(line) for line in answer.text.splitlines()][:-1]
        found = [each["artifact"] for each in sorted(lines, key=lambda line: line["index"])]
    else:
        found = answer.json()["artifacts"]
    for item, photo in zip(found, (sample, sample.with_name("cat.jpg")), strict=True):
        row = _encoded(client, photo)
        np.testing.assert_allclose(item["features"]["embedding"], row, atol=1e-2)
        assert np.dot(item["features"]["embedding"], row) == pytest.approx(1, abs=1e-3)
        assert len(item["features"]["clip_labels"]) == client.get("/labels").json()["num_labels"]


def test_a_whole_list_sums_to_one(client, sample):
    """Of any bank, but for labels ranked beside its others, and without an adjustment."""
    photo = {"file": sample.read_bytes()}
    for bank in ("default", "everyday"):
        body = client.post(f"/classify?top_k=all&bank={bank}", files=photo).json()
        groups = client.get(f"/labels?bank={bank}").json()["groups"].values()
        apart = {label for group in groups if group.get("apart") for label in group["labels"]}
        beside = (each["prob"] for each in body["results"] if each["label"] not in apart)
        assert sum(beside) == pytest.approx(1, abs=1e-5)
        assert body["top_k"] == len(body["results"]) > 10
        assert body["adjusted"] == []
    assert client.post("/classify?top_k=50", files=photo).json()["top_k"] == 10
