"""The embedding service's routes over fake runners."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from framed.routes.foreign import MODEL_HEADERS
from framed.settings import MIB
from framed.wires.preprocessing import preprocessing_hash
from tests.fakes import FACTS, FakeClip
from tests.logs import Written
from tests.photos import RED, jpeg
from tests.routes.conftest import Send, Serve

PHOTO = jpeg(RED)
TEXT = base64.b64encode(PHOTO).decode()
ROUTES: dict[str, dict[str, Any]] = {
    "/embed": {},
    "/anomaly-score": {"baseline_embedding": [0.1, 0.2, 0.3]},
    "/similarity": {"text": "a dog"},
    "/batch-similarity": {"texts": ["a dog", "a cat"]},
}
MEMBERS = {
    "/embed": ["embedding", "inference_time_ms"],
    "/anomaly-score": ["anomaly_score", "similarity_to_baseline", "inference_time_ms"],
    "/similarity": ["similarity", "inference_time_ms"],
    "/batch-similarity": ["similarities", "inference_time_ms"],
}


def padded(size: int) -> str:
    """A photo of exactly `size` bytes as base64: what follows its end is not looked at."""
    return base64.b64encode(PHOTO + bytes(size - len(PHOTO))).decode()


@pytest.mark.parametrize("path", ROUTES)
def test_each_answers_its_own_members(path: str, send: Send) -> None:
    """In the embedding service's order, and nothing more; who answered is in the headers."""
    answer = send("POST", path, json={"image": TEXT, **ROUTES[path], "camera_id": 7})
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == MEMBERS[path]
    assert answer.json()["inference_time_ms"] > 0
    assert [answer.headers[name] for name in MODEL_HEADERS] == [
        FACTS.model_id,
        FACTS.revision,
        preprocessing_hash(FACTS),
    ]


@pytest.mark.parametrize(
    "image", [TEXT, f"data:image/jpeg;base64,{TEXT}", base64.encodebytes(PHOTO).decode()]
)
def test_every_dress_of_base64_is_the_same_photo(image: str, send: Send) -> None:
    """Bare, as data URI, with line breaks."""
    plain = send("POST", "/embed", json={"image": TEXT}).json()["embedding"]
    assert send("POST", "/embed", json={"image": image}).json()["embedding"] == plain


def test_the_numbers_hang_together(send: Send) -> None:
    """Similarity is the dot product of what `/embed` and `/encode_text` say."""
    image = np.array(send("POST", "/embed", json={"image": TEXT}).json()["embedding"])
    texts = ["a dog", "a cat", "a dog"]
    rows = np.array(send("POST", "/encode_text", json={"texts": texts}).json())
    one = send("POST", "/similarity", json={"image": TEXT, "text": texts[0]}).json()
    many = send("POST", "/batch-similarity", json={"image": TEXT, "texts": texts}).json()
    assert one["similarity"] == pytest.approx(rows[0] @ image, abs=1e-6)
    assert many["similarities"] == {
        "a dog": pytest.approx(rows[0] @ image, abs=1e-6),
        "a cat": pytest.approx(rows[1] @ image, abs=1e-6),
    }


def test_a_photo_is_no_anomaly_to_itself(send: Send) -> None:
    """Its own embedding as the baseline scores 0; the opposite scores 1."""
    own = send("POST", "/embed", json={"image": TEXT}).json()["embedding"]
    for baseline, score, near in ((own, 0.0, 1.0), ([-each for each in own], 1.0, -1.0)):
        given = {"image": TEXT, "baseline_embedding": baseline}
        body = send("POST", "/anomaly-score", json=given).json()
        assert body["anomaly_score"] == pytest.approx(score, abs=1e-6)
        assert body["similarity_to_baseline"] == pytest.approx(near, abs=1e-6)


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    ("image", "code"),
    [
        (None, "no_photo"),
        ("", "empty"),
        (7, "invalid_base64"),
        ([TEXT], "invalid_base64"),
        ("not base64!", "invalid_base64"),
        ("/etc/passwd", "invalid_base64"),
        ("http://127.0.0.1:1/a.jpg", "invalid_base64"),
        ("data:text/plain;base64,aGVsbG8=", "not_an_image"),
        (base64.b64encode(b"no photo, but long enough to be looked at").decode(), "not_an_image"),
        (base64.b64encode(PHOTO[: len(PHOTO) // 2]).decode(), "truncated"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_photos_that_are_none(path: str, image: Any, code: str, send: Send) -> None:
    """400 with the code on every route."""
    given = ROUTES[path] | ({} if image is None else {"image": image})
    answer = send("POST", path, json=given)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/anomaly-score", {}),
        ("/anomaly-score", {"baseline_embedding": [0.0, 0.0, 0.0]}),
        ("/anomaly-score", {"baseline_embedding": []}),
        ("/anomaly-score", {"baseline_embedding": [0.1] * 768}),
        ("/anomaly-score", {"baseline_embedding": [0.1, "b", 0.3]}),
        ("/similarity", {}),
        ("/similarity", {"text": "  "}),
        ("/batch-similarity", {"texts": []}),
        ("/batch-similarity", {"texts": ["a"] * 101}),
        ("/embed", {"decode": "roughly"}),
    ],
)
def test_parameters_that_mean_nothing(path: str, given: dict[str, Any], send: Send) -> None:
    """400 by name."""
    answer = send("POST", path, json={"image": TEXT, **given})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_parameter")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400"])
def test_a_baseline_that_is_not_finite(number: str, send: Send) -> None:
    """Python's json writes NaN; the answer says what is wrong with it."""
    body = f'{{"image": "{TEXT}", "baseline_embedding": [0.1, {number}, 0.2]}}'
    answer = send("POST", "/anomaly-score", content=body, headers={"content-type": JSON})
    assert answer.status_code == 400
    says = answer.json()["error"]["message"]
    assert ("not finite" if number == "1e400" else f"{number} is not allowed") in says


JSON = "application/json"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"json": [TEXT]}, "invalid_body"),
        ({"json": TEXT}, "invalid_body"),
        ({"files": {"image": ("a.jpg", PHOTO)}}, "invalid_body"),
        ({"content": PHOTO, "headers": {"content-type": "image/jpeg"}}, "invalid_body"),
        ({"content": b"{", "headers": {"content-type": JSON}}, "invalid_json"),
        ({}, "invalid_json"),
    ],
)
def test_bodies_that_are_no_json_object(parts: dict[str, Any], code: str, send: Send) -> None:
    """400, and what to send instead."""
    answer = send("POST", "/embed", **parts)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_json_needs_no_declaration(send: Send) -> None:
    """A body without a type is read as JSON, as the embedding service did."""
    assert send("POST", "/embed", content=f'{{"image": "{TEXT}"}}').status_code == 200


def test_a_photo_as_large_as_any_is_taken(send: Send) -> None:
    """What the embedding service took, too; one byte too many is refused with the setting."""
    assert send("POST", "/embed", json={"image": padded(10 * MIB)}).status_code == 200
    answer = send("POST", "/embed", json={"image": padded(32 * MIB + 1)})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "too_large")
    assert "32 MiB (FRAMED_MAX_PHOTO_BYTES)" in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ROUTES)
def test_the_operator_chooses_the_model(path: str, serve: Serve) -> None:
    """`FRAMED_EMBED_MODEL` answers, unless the request names another."""
    asked: list[str | None] = []

    class Choosing(FakeClip):
        async def describe(self, model: str | None = None) -> Any:
            asked.append(model)
            return await super().describe(model)

    given = {"image": TEXT, **ROUTES[path]}
    send = serve(Choosing(), embed_model="alias")
    assert send("POST", path, json=given).status_code == 200
    assert set(asked) == {"alias"}
    asked.clear()
    assert send("POST", path, json={**given, "model": "fake"}).status_code == 200
    assert set(asked) == {"fake"}
    unknown = send("POST", f"{path}?model=other", json=given)
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "unknown_model")


def test_the_encoder_routes_have_a_model_of_their_own(serve: Serve) -> None:
    """`FRAMED_ENCODER_MODEL`; both say in the headers who answered."""
    asked: list[str | None] = []

    class Choosing(FakeClip):
        async def describe(self, model: str | None = None) -> Any:
            asked.append(model)
            return await super().describe(model)

    send = serve(Choosing(), encoder_model="alias", embed_model="other")
    image = send("POST", "/encode_image", files={"image": ("a.jpg", PHOTO)})
    texts = send("POST", "/encode_text", json={"texts": ["a dog"]})
    assert set(asked) == {"alias"}
    for answer in (image, texts):
        assert (answer.status_code, answer.headers["x-model"]) == (200, "framed/fake")


def test_what_the_encoder_service_did_not_know_it_ignored(send: Send) -> None:
    """Text in the query and in the form; a file elsewhere is a photo that would be lost."""
    photo = {"image": ("a.jpg", PHOTO)}
    plain = send("POST", "/encode_image", files=photo)
    more = send("POST", "/encode_image?foo=1", files=photo, data={"camera": "7", "decod": "slow"})
    assert (more.status_code, more.json()) == (200, plain.json())
    elsewhere = send("POST", "/encode_image", files={**photo, "photo": ("b.jpg", PHOTO)})
    assert elsewhere.json()["error"]["code"] == "invalid_parameter"


def test_the_log_line(send: Send, written: Written) -> None:
    """Model, device and size beside the edge's own fields, never the photo."""
    send("POST", "/batch-similarity", json={"image": TEXT, "texts": ["a", "b"]})
    line = written.lines()[-1]
    assert (line["path"], line["status"], line["texts"]) == ("/batch-similarity", 200, 2)
    assert (line["model"], line["device"], line["size"]) == ("framed/fake", "cpu", 336)
    assert TEXT[:40] not in written.getvalue()


@pytest.mark.parametrize("path", ROUTES)
def test_the_documentation_says_what_is_needed(path: str, send: Send) -> None:
    """The photo and what it is held against."""
    operation = send("GET", "/openapi.json").json()["paths"][path]["post"]
    schema = operation["requestBody"]["content"][JSON]["schema"]
    assert set(schema["required"]) == {"image", *ROUTES[path]}
    assert all(each["description"] for each in schema["properties"].values())
