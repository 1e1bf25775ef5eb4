"""Which labels apply, asked of the real server in every way there is."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

CLOSE = 1e-5  # a photo may go with another batch
OWN = ["sunset", "soup", "tractor"]


def classify(client: Any, photo: bytes, **asked: Any) -> dict[str, Any]:
    answer = client.post("/classify", files={"file": photo}, params=asked)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def matches(labels: list[dict[str, Any]]) -> dict[str, float]:
    return {each["label"]: each["match"] for each in labels}


def test_every_label_that_applies_is_a_tag(client, sample):
    """All at or above the threshold, the same as `/classify` gives, and none below it."""
    every = matches(classify(client, sample.read_bytes(), match_threshold=0, top_k=99)["results"])
    photo = {"files": sample.read_bytes()}
    (item,) = client.post("/features?labels=match&match_threshold=0.3", files=photo).json()[
        "artifacts"
    ]
    tags = matches(item["features"]["clip_labels"])
    assert tags == pytest.approx({k: v for k, v in every.items() if v >= 0.3}, abs=CLOSE)
    assert 0 < len(tags) < len(every) == 58
    (item,) = client.post("/features?labels=match", files=photo).json()["artifacts"]
    assert matches(item["features"]["clip_labels"]).keys() == tags.keys()


def test_no_label_that_applies_is_an_answer(client, sample):
    """An empty list from every route that has labels."""
    photo = sample.read_bytes()
    assert classify(client, photo, match_threshold=1)["results"] == []
    (item,) = client.post(
        "/features?labels=match&match_threshold=1", files={"files": photo}
    ).json()["artifacts"]
    assert item["features"]["clip_labels"] == []
    body = client.post("/analyze?match_threshold=1", files={"file": photo}).json()
    assert (body["status"], body["predictions"]) == ("success", [])
    image = f"data:image/jpeg;base64,{base64.b64encode(photo).decode()}"
    asked = {"images": [image], "match_threshold": 1}
    assert client.post("/api/v1/vision/labels", json=asked).json()["result"] == {"labels": []}


def test_query_form_and_json_ask_the_same(client, sample):
    """Of own labels, with every new parameter that they have."""
    photo, asked = sample.read_bytes(), {"match_threshold": 0.01, "share": 0.3, "order": "match"}
    form = {**asked, "labels": json.dumps(OWN), "detail": "true"}
    image = base64.b64encode(photo).decode()
    sent = {**asked, "labels": OWN, "detail": True, "image": image}
    answers = [
        client.post("/classify", files={"file": photo}, params=form).json(),
        client.post("/classify", files={"file": photo}, data=form).json(),
        client.post("/classify", json=sent).json(),
    ]
    first = answers[0]
    assert (first["results"][0]["label"], first["none_match"]) == (OWN[0], False)
    assert list(first["matches"]) == OWN
    assert first["results"][0].keys() == {"label", "prob", "score", "match", "z"}
    for each in answers[1:]:
        assert each["matches"] == pytest.approx(first["matches"], abs=CLOSE)
        assert matches(each["results"]).keys() == matches(first["results"]).keys()


def test_groups_of_the_default_bank(client, sample):
    """The subject first where that is asked, and the best of each group besides."""
    body = classify(client, sample.read_bytes(), order="subject", top_k_per_group=2, parents=True)
    subjects = client.get("/labels").json()["groups"]["subject"]["labels"]
    assert body["results"][0]["label"] in subjects
    of_group = body["groups"]["subject"]
    assert [each["label"] for each in of_group] == [each["label"] for each in body["results"][:2]]
    assert all(each["prob"] < each["group_prob"] < 1 for each in of_group)


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"order": "subjects"}, "order"),
        ({"match_threshold": "much"}, "match_threshold"),
        ({"share": "0.95"}, "share"),
        ({"top_k_per_group": "0"}, "top_k_per_group"),
        ({"order": "subject", "labels": "a cat"}, "order"),
    ],
)
def test_what_cannot_be_asked_is_named(client, sample, asked, named):
    """With 400, by name."""
    answer = client.post("/classify", files={"file": sample.read_bytes()}, params=asked)
    (fault,) = answer.json()["error"]["details"]["parameters"]
    assert (answer.status_code, fault["name"]) == (400, named)


def test_info_tells_how_banks_are_matched(client):
    """Constants, calibration and defaults of each."""
    banks = client.get("/info").json()["banks"]
    match = banks["default"]["match"]
    assert (match["calibrated"], match["reason"], match["match_threshold"]) == (
        "shipped",
        None,
        0.3,
    )
    assert banks["everyday"]["match"]["calibrated"] == "no"
    assert len({bank["match"]["reference"] for bank in banks.values()}) > 1  # templates differ
