"""A model of many languages behind the real server: own labels, a bank and names in any script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

pytest.importorskip("transformers", reason="the extra `text` is not installed")

from tests.clip.library_models import write_xlm_roberta
from tests.server.own_config import own_config, write_bank
from tests.server.running import running_server

LABELS = ["ein Hund", "犬", "كلب على الشاطئ", "समुद्र तट पर एक कुत्ता", "собака", "🐈"]
TEMPLATES = ("{}", "ein Bild von {}", "{}の写真")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a server with the model and a bank of `LABELS`, named in German."""
    folder = tmp_path_factory.mktemp("languages")
    config = own_config(folder)
    bank = write_bank(config, "mixed", LABELS, TEMPLATES).parent
    (bank / "names").mkdir()
    (bank / "names" / "de.json").write_text(json.dumps({"犬": "Hund", "🐈": "Katze"}))
    env = {
        "FRAMED_MODEL": f"local-dir:{write_xlm_roberta(folder / 'many-languages')}",
        "FRAMED_CONFIG_DIR": str(config),
        "FRAMED_DEFAULT_BANK": "mixed",
    }
    with (
        running_server(folder / "server", env=env) as server,
        httpx.Client(base_url=server.url, timeout=60, trust_env=False) as plain,
    ):
        yield plain


def scores(client: httpx.Client, sample: Path, texts: list[str]) -> list[float]:
    """The cosine of the photo with each text, by the server's own embeddings."""
    photo = client.post("/encode_image", files={"image": sample.read_bytes()}).json()
    rows = client.post("/encode_text", json={"texts": texts}).json()
    cosines: list[float] = (np.array(rows) @ np.array(photo)).tolist()
    return cosines


def test_own_labels_in_any_language(client: httpx.Client, sample: Path) -> None:
    """Each label comes back as it was sent, with the cosine of its own words."""
    asked = {"labels": json.dumps(LABELS), "top_k": "6"}
    answer = client.post("/classify", data=asked, files={"file": sample.read_bytes()})
    assert answer.status_code == 200, answer.text
    expected = dict(zip(LABELS, scores(client, sample, LABELS), strict=True))
    found = {each["label"]: each["score"] for each in answer.json()["results"]}
    assert found == pytest.approx(expected, abs=2e-3)
    assert len({round(score, 4) for score in found.values()}) > 1
    assert answer.json()["top_label"] == max(expected, key=lambda label: expected[label])


def test_two_words_as_they_are_written(client: httpx.Client, sample: Path) -> None:
    """Two languages in one question."""
    asked = {"labels": '["ein Hund","犬"]'}
    answer = client.post("/classify", data=asked, files={"file": sample.read_bytes()}).json()
    assert set(answer["scores"]) == {"ein Hund", "犬"}
    assert sum(answer["scores"].values()) == pytest.approx(1, abs=1e-6)


def test_a_bank_of_many_languages_has_names_too(client: httpx.Client, sample: Path) -> None:
    """Labels and templates in any script; what people are shown in theirs stands beside."""
    asked = {"language": "de", "top_k": "6"}
    answer = client.post("/classify", params=asked, files={"file": sample.read_bytes()})
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    shown = {each["label"]: each["display"] for each in results}
    assert shown == {label: label for label in LABELS} | {"犬": "Hund", "🐈": "Katze"}
    prompts = [template.format("犬") for template in TEMPLATES]
    rows = np.array(client.post("/encode_text", json={"texts": prompts}).json())
    mean = rows.mean(axis=0) / np.linalg.norm(rows.mean(axis=0))
    photo = client.post("/encode_image", files={"image": sample.read_bytes()}).json()
    found = next(each["score"] for each in results if each["label"] == "犬")
    assert found == pytest.approx(float(mean @ np.array(photo)), abs=2e-3)


def test_the_model_says_what_it_is(client: httpx.Client) -> None:
    """Which model, of how many dimensions."""
    health = client.get("/health").json()
    assert (health["model"], health["embedding_size"]) == ("many-languages", 32)
