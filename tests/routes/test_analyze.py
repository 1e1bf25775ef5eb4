"""`/analyze` through the whole application, over a fake model."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from framed import assemble
from framed.errors import Code, FramedError
from framed.photo import Pixels
from framed.questions import RankQuestion
from framed.results import RankedLabel, Ranking
from framed.settings import MIB
from tests.fakes import FakeClip, FakeTechnical, chosen
from tests.logs import Written
from tests.photos import GREEN, jpeg
from tests.routes.conftest import Send, Serve
from tests.routes.talking import ask, pieces, scope_of

UPLOAD = {"file": ("a.jpg", jpeg(GREEN), "image/jpeg")}
ENVELOPE = ["service", "status", "predictions", "error", "metadata"]


def error_of(body: dict[str, Any]) -> dict[str, Any]:
    """The error of a refusal that has the envelope."""
    assert list(body) == ENVELOPE
    assert (body["service"], body["status"], body["predictions"]) == ("clip", "error", [])
    assert body["metadata"]["processing_time"] >= 0.001
    error: dict[str, Any] = body["error"]
    return error


def refusing(code: Code) -> FakeClip:
    """A model that refuses every photo so."""
    return FakeClip(refusal=lambda image: FramedError(code, "Why."))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder that may be read, with one photo in it, beside one that may not."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(jpeg(GREEN))
    (tmp_path / "secret.jpg").write_bytes(jpeg(GREEN))
    return tmp_path / "photos"


def test_an_upload_is_answered(send: Send) -> None:
    """In the envelope, best label first."""
    body = send("POST", "/analyze", files=UPLOAD).json()
    assert list(body) == ["service", "status", "predictions", "metadata"]
    assert [each["label"] for each in body["predictions"]] == ["green", "red"]
    assert body["metadata"]["model_info"] == {"framework": "OpenCLIP"}


class DogClip(FakeClip):
    """Sees a dog in every photo."""

    async def rank(
        self, image: Pixels, question: RankQuestion, model: str | None = None
    ) -> Ranking:
        ranking = await super().rank(image, question, model)
        return replace(ranking, results=(RankedLabel("dog", 0.9, 0.3),))


def test_a_label_that_has_an_emoji_brings_it(serve: Serve) -> None:
    """From the tables that come with Framed; nothing is asked elsewhere."""
    body = serve(DogClip())("POST", "/analyze", files=UPLOAD).json()
    assert body["predictions"] == [{"label": "dog", "confidence": 0.9, "emoji": "🐕"}]


def test_match_is_shown_where_it_is_asked_for(send: Send) -> None:
    """Behind what was there, which stays as it was; a threshold leaves out what is below."""
    plain = send("POST", "/analyze", files=UPLOAD).json()["predictions"]
    asked = send("POST", "/analyze?match=true", files=UPLOAD).json()["predictions"]
    matches = [each.pop("match") for each in asked]
    assert asked == plain
    assert matches[0] > 0.5 > matches[1]
    sure = send("POST", "/analyze?match_threshold=0.5", files=UPLOAD).json()["predictions"]
    assert sure == [{**plain[0], "match": matches[0]}]
    refused = send("POST", "/analyze?match_threshold=2", files=UPLOAD)
    assert (refused.status_code, error_of(refused.json())["code"]) == (400, "invalid_parameter")


def test_a_path_is_the_same_as_an_upload(serve: Serve, root: Path) -> None:
    """Absolute, or relative to a folder that may be read."""
    send = serve(path_roots=(root,))
    uploaded = send("POST", "/analyze", files=UPLOAD).json()["predictions"]
    for path in (str(root / "a.jpg"), "a.jpg"):
        answer = send("GET", "/analyze", params={"file": path})
        assert answer.json()["predictions"] == uploaded


@pytest.mark.parametrize("path", ["{root}/../secret.jpg", "{root}/none.jpg", "/etc/passwd", "x\0"])
def test_a_forbidden_path_is_the_same_whether_or_not_it_exists(
    serve: Serve, root: Path, path: str
) -> None:
    """400 in the old words, with the path as it was asked."""
    asked = path.format(root=root)
    answer = serve(path_roots=(root,))("GET", "/analyze", params={"file": asked})
    error = error_of(answer.json())
    assert (answer.status_code, error["code"]) == (400, "forbidden_path")
    assert error["message"] == f"File not found: {asked}"
    assert "FRAMED_PATH_ROOTS" in error["reason"]


def test_a_web_address_is_no_file(send: Send) -> None:
    """Nor is it fetched."""
    error = error_of(send("GET", "/analyze", params={"file": "http://127.0.0.1:9/a.jpg"}).json())
    assert error["code"] == "forbidden_url"
    assert error["message"].startswith("File not found: http")


@pytest.mark.parametrize("url_input", ["off", "on"])
def test_an_address_that_may_not_be_fetched(serve: Serve, url_input: str) -> None:
    """Off, or leading to this very machine: an invalid URL, and the reason beside it."""
    params = {"url": "http://127.0.0.1:9/a.jpg"}
    answer = serve(url_input=url_input)("GET", "/analyze", params=params)
    error = error_of(answer.json())
    assert (answer.status_code, error["code"]) == (400, "forbidden_url")
    assert error["message"] == "Invalid URL"
    assert error["reason"]


@pytest.mark.parametrize(
    ("method", "request_", "code"),
    [
        ("GET", {}, "no_photo"),
        ("GET", {"params": {"url": "http://a.example/", "file": "/a"}}, "invalid_parameter"),
        ("POST", {}, "no_photo"),
        ("POST", {"data": {"file": "/etc/passwd"}}, "no_photo"),
        ("POST", {"json": {"file": "/etc/passwd"}}, "no_photo"),
        ("POST", {"params": {"file": "/etc/passwd"}, "files": UPLOAD}, "no_photo"),
        ("POST", {"params": {"url": "http://a.example/"}, "files": UPLOAD}, "invalid_parameter"),
        ("POST", {"files": [("file", b"x"), ("file", b"y")]}, "invalid_parameter"),
        ("POST", {"files": {"image": b"x"}}, "invalid_parameter"),
        ("POST", {"files": {"file": b"no photo at all, but bytes"}}, "not_an_image"),
        ("POST", {"files": {"file": b""}}, "empty"),
        ("POST", {"files": {"file": bytes(32 * MIB + 1)}}, "too_large"),
        ("POST", {"files": {"file": bytes(33 * MIB)}}, "too_large"),
    ],
)
def test_bad_input_is_400_in_the_envelope(
    send: Send, method: str, request_: dict[str, Any], code: str
) -> None:
    """Exactly one photo; a text is neither fetched nor opened where a file belongs."""
    answer = send(method, "/analyze", **request_)
    error = error_of(answer.json())
    assert (answer.status_code, error["code"]) == (400, code)
    assert error["request_id"] == answer.headers["x-request-id"]
    if code == "too_large":
        assert error["message"] == "File too large"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused_in_the_envelope(send: Send, method: str) -> None:
    """By the framework, in this route's shape; other routes keep theirs."""
    answer = send(method, "/analyze")
    assert (answer.status_code, error_of(answer.json())["code"]) == (405, "method_not_allowed")
    assert list(send(method, "/classify").json()) == ["error"]


def test_every_spelling_of_the_path_has_the_envelope(send: Send) -> None:
    """A slash at its end is the same route."""
    assert error_of(send("GET", "/analyze/").json())["code"] == "no_photo"


@pytest.mark.parametrize(
    ("clip", "status", "message"),
    [
        (FakeClip().loading(), 503, "Model not loaded"),
        (FakeClip(refusal=lambda _: FramedError(Code.UNKNOWN_BANK, "")), 503, "No labels loaded"),
        (
            FakeClip(refusal=lambda _: FramedError(Code.OUT_OF_MEMORY, "")),
            503,
            "CUDA out of memory",
        ),
    ],
)
def test_the_words_of_old(serve: Serve, clip: FakeClip, status: int, message: str) -> None:
    """What the analyze service said when it could not answer."""
    answer = serve(clip)("POST", "/analyze", files=UPLOAD)
    assert (answer.status_code, error_of(answer.json())["message"]) == (status, message)


def test_a_bug_is_told_in_the_envelope(serve: Serve) -> None:
    """And nothing of what happened inside."""

    def fail(image: object) -> None:
        raise RuntimeError("/secret/path")

    answer = serve(FakeClip(refusal=fail))("POST", "/analyze", files=UPLOAD)
    assert (answer.status_code, error_of(answer.json())["code"]) == (500, "internal")
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("settings", "code"),
    [({"max_in_flight": 0}, "overloaded"), ({"deadline": 1e-9}, "deadline")],
)
def test_the_edge_refuses_in_the_envelope(
    serve: Serve, settings: dict[str, Any], code: str
) -> None:
    """Too many requests, and too late."""
    answer = serve(**settings)("POST", "/analyze", files=UPLOAD)
    assert error_of(answer.json())["code"] == code


def test_a_body_without_end_is_refused_in_the_envelope() -> None:
    """By its declared length alone."""
    web = assemble.web(FakeClip(), FakeTechnical(), chosen(feature_cache=False))
    headers = {"Content-Length": str(99 * MIB), "Content-Type": "image/jpeg"}
    answer = asyncio.run(ask(web, scope_of("/analyze", "POST", headers), pieces(b"x")))
    assert answer.status == 400
    assert error_of(json.loads(answer.body))["message"] == "File too large"


def test_the_settings_choose_how_many_and_how_sure(serve: Serve) -> None:
    """The least confidence filters."""
    send = serve(analyze_threshold=0.5)
    (only,) = send("POST", "/analyze", files=UPLOAD).json()["predictions"]
    assert only["label"] == "green"
    nothing = serve(analyze_threshold=1.0)("POST", "/analyze", files=UPLOAD)
    assert (nothing.status_code, nothing.json()["predictions"]) == (200, [])


def test_the_log_says_where_the_photo_came_from(serve: Serve, root: Path, written: Written) -> None:
    """And which label was first, where there was one."""
    serve(path_roots=(root,))("GET", "/analyze", params={"file": "a.jpg"})
    line = written.lines()[-1]
    assert (line["path"], line["status"], line["origin"]) == ("/analyze", 200, "path")
    assert line["top1_label"] == "green"


def test_a_private_server_refuses_others_in_the_envelope(serve: Serve) -> None:
    """Another caller is told so, and no more."""
    answer = serve(private=True)("GET", "/analyze", headers={"X-Forwarded-For": "192.0.2.1"})
    assert (answer.status_code, error_of(answer.json())["code"]) == (403, "forbidden")
