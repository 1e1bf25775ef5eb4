"""Names in other languages, over HTTP."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest


def test_display_names_stand_beside_labels(client: httpx.Client, sample: Path) -> None:
    """The same labels and figures with and without; German names where German is asked."""
    plain = client.post("/classify", files={"file": sample.read_bytes()}).json()
    named = client.post(
        "/classify", params={"language": "de"}, files={"file": sample.read_bytes()}
    ).json()
    assert [each["label"] for each in named["results"]] == [
        each["label"] for each in plain["results"]
    ]
    assert named["bank_checksum"] == plain["bank_checksum"]
    shown = {each["label"]: each["display"] for each in named["results"]}
    german = {"sunset": "Sonnenuntergang", "ocean": "Meer", "beach": "Strand", "sky": "Himmel"}
    assert any(label in german for label in shown)
    assert all(shown[label] == german[label] for label in shown.keys() & german.keys())
    assert all("display" not in each for each in plain["results"])


@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson"])
def test_features_in_a_language(client: httpx.Client, sample: Path, accept: str) -> None:
    """Whole or streamed."""
    response = client.post(
        "/features",
        params={"language": "fr", "bank": "default"},
        headers={"Accept": accept},
        files={"files": sample.read_bytes()},
    )
    assert response.status_code == 200
    assert '"display"' in response.text


def test_an_unknown_language_is_refused(client: httpx.Client, sample: Path) -> None:
    """Before any work is done, with the languages there are; the bank's own list says the same."""
    for route, field in (("/classify", "file"), ("/features", "files")):
        response = client.post(route, params={"language": "xx"}, files={field: sample.read_bytes()})
        assert response.status_code == 400
        error = response.json()["error"]
        assert error["code"] == "invalid_parameter"
        assert "de, es, fr" in error["message"]
    assert client.get("/labels").json()["languages"] == ["de", "es", "fr"]
