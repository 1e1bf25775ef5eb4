"""`/ping` and `/predict` over fake runners."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.fakes import FakeClip, FakeEngine
from tests.logs import Written
from tests.photos import GREEN, jpeg
from tests.routes.conftest import Send, Serve
from tests.routes.test_access import KEYS

PHOTO = {"image": ("blob", jpeg(GREEN), "application/octet-stream")}


def entries(kind: str, model: str = "ViT-B-32__openai") -> dict[str, tuple[None, str]]:
    asked = {"clip": {kind: {"modelName": model, "options": {"language": "de"}}}}
    return {"entries": (None, json.dumps(asked))}


def vector(answer: Any) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    return np.array(json.loads(answer.json()["clip"]), np.float32)


def test_ping_says_whether_photos_may_come(serve: Serve) -> None:
    """`pong`, plain; not before the model is there, so that another service is asked."""
    answer = serve()("GET", "/ping")
    assert (answer.status_code, answer.text) == (200, "pong")
    assert answer.headers["content-type"].startswith("text/plain")
    loading = serve(FakeClip().loading())("GET", "/ping")
    assert (loading.status_code, loading.json()["error"]["code"]) == (503, "not_ready")


def test_a_photo_as_immich_sends_it(send: Send) -> None:
    """A blob without a type; its size comes back, and the vector is that of `/encode_image`."""
    answer = send("POST", "/predict", files={**entries("visual"), **PHOTO})
    assert (answer.json()["imageWidth"], answer.json()["imageHeight"]) == (400, 300)
    same = send("POST", "/encode_image", files={"image": jpeg(GREEN)}).json()
    np.testing.assert_array_equal(vector(answer), np.array(same, np.float32))


@pytest.mark.parametrize("text", ["Hund", "null", '["a"]', "12"])
def test_a_text_as_immich_sends_it(text: str, send: Send) -> None:
    """As it stands, whatever it looks like; the answer has no size."""
    answer = send("POST", "/predict", files={**entries("textual"), "text": (None, text)})
    assert answer.json().keys() == {"clip"}
    np.testing.assert_allclose(vector(answer), FakeEngine().encode_texts([text])[0], rtol=1e-6)


def test_a_long_text_is_read_in_part(send: Send) -> None:
    """Half a megabyte of it; a header says so."""
    text = "a long caption " * 40_000
    answer = send("POST", "/predict", files={**entries("textual"), "text": (None, text)})
    assert "its beginning alone was read" in answer.headers["x-remark"]


def test_who_answers_is_said(send: Send, written: Written) -> None:
    """The model that is asked for where it is served, else the default one, which is named."""
    answer = send("POST", "/predict", files={**entries("visual", "alias"), **PHOTO})
    assert answer.headers["x-model"] == "framed/fake"
    assert "x-remark" not in answer.headers
    other = send("POST", "/predict", files={**entries("visual"), **PHOTO})
    assert other.headers["x-remark"] == (
        "The model 'ViT-B-32__openai' is not served here; 'framed/fake' answers."
    )
    line = written.lines()[-1]
    assert (line["asked_model"], line["model"], line["photos"]) == (
        "ViT-B-32__openai",
        "framed/fake",
        1,
    )


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (entries("visual"), "no_photo"),
        ({**entries("visual"), "image": (None, "/etc/passwd")}, "no_photo"),
        ({**entries("visual"), "image": ("blob", b"x" * 99)}, "not_an_image"),
        (entries("textual"), "invalid_parameter"),
        ({"entries": (None, '{"ocr": {}}'), **PHOTO}, "invalid_parameter"),
        (PHOTO, "invalid_parameter"),
    ],
    ids=["no photo", "a path", "no image", "no text", "another task", "no entries"],
)
def test_refusals(form: dict[str, Any], code: str, send: Send) -> None:
    """400 with a reason, which Immich writes into its log."""
    answer = send("POST", "/predict", files=form)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_keys_hold_here_too(serve: Serve) -> None:
    """But for the question whether anybody is there."""
    send = serve(api_keys=KEYS)
    assert send("GET", "/ping").status_code == 200
    assert send("POST", "/predict", files={**entries("visual"), **PHOTO}).status_code == 401
