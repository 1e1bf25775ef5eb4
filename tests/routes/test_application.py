"""The whole application over fake runners: every route answers, every refusal has one shape."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import replace
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any

import httpx
import pytest
from starlette import formparsers

from framed import assemble
from framed.errors import Code, FramedError
from framed.photo import Pixels
from framed.questions import MAX_LISTED, RankQuestion
from framed.results import BankFacts, ClipFacts, Ranking
from tests.fakes import FACTS, FakeClip, FakeTechnical, chosen
from tests.logs import Written, configure_into
from tests.photos import GREEN, RED, jpeg
from tests.routes.conftest import Send, Serve
from tests.routes.talking import DISCONNECT, ask, pieces, scope_of

PHOTO = jpeg(RED)
TEXT = base64.b64encode(PHOTO).decode()
FILE = {"file": ("a.jpg", PHOTO, "image/jpeg")}
LOADING = FakeClip(ClipFacts(state="loading"))

WAYS: dict[str, dict[str, Any]] = {
    "multipart": {"files": FILE},
    "multipart without a type": {"files": {"file": ("a", PHOTO, "application/octet-stream")}},
    "base64 in a form": {"data": {"image": TEXT}},
    "base64 in multipart": {"files": {"image": (None, TEXT)}},
    "raw": {"content": PHOTO, "headers": {"content-type": "image/jpeg"}},
    "raw without a type": {"content": PHOTO},
    "json": {"json": {"image": TEXT}},
    "data uri": {"json": {"image": f"data:image/jpeg;base64,{TEXT}"}},
}


def error_of(answer: httpx.Response) -> dict[str, Any]:
    """The error of a refused request, once it is sure that it has the one shape."""
    body = answer.json()
    assert list(body) == ["error"]
    error: dict[str, Any] = body["error"]
    assert {"code", "message", "request_id"} <= error.keys() <= {*SHAPE}
    assert error["request_id"] == answer.headers["x-request-id"]
    assert answer.status_code == FramedError(Code(error["code"]), "").status
    assert answer.headers["content-type"] == "application/json"
    return error


SHAPE = ("code", "message", "request_id", "details")


def without_id(answer: httpx.Response) -> dict[str, Any]:
    """A good answer's body, but for what differs from request to request."""
    assert answer.status_code == 200, answer.text
    return {**answer.json(), "request_id": ""}


@pytest.mark.parametrize("way", WAYS)
def test_each_way_in_gives_the_same_answer(way: str, send: Send) -> None:
    """Multipart, raw, base64 in JSON or a form: byte for byte the same photo."""
    assert without_id(send("POST", "/classify", **WAYS[way])) == without_id(
        send("POST", "/classify", files=FILE)
    )


def test_classify_answers_what_is_documented(send: Send) -> None:
    """The members of a bank's answer, best label first."""
    body = send("POST", "/classify?top_k=2&size=224", files=FILE).json()
    assert (body["model"], body["device"], body["size"]) == ("framed/fake", "cpu", 224)
    assert (body["bank"], body["bank_checksum"], body["adjusted"]) == ("default", "c0ffee", [])
    assert [result["label"] for result in body["results"]] == ["red", "green"]


def test_parameters_reach_the_runner_from_anywhere(serve: Serve) -> None:
    """Query, form, SDK form and JSON ask the same question."""
    clip = FakeClip()
    send = serve(clip)
    asked = {"top_k": 1, "temperature": 0.5, "bank": "b", "labels": ["a b", "c"]}
    asked |= {"match_threshold": "bank", "share": 0.05, "order": "z", "detail": True}
    sdk = {name: json.dumps(value) for name, value in asked.items()}
    query = "?top_k=1&temperature=0.5&bank=b&labels=a%20b&labels=c"
    query += "&match_threshold=bank&share=0.05&order=z&detail=true"
    send("POST", f"/classify{query}", files=FILE)
    send("POST", "/classify", files=FILE, data=sdk)
    send("POST", "/classify", data={**sdk, "image": json.dumps(TEXT)})
    send("POST", "/classify", json={**asked, "image": TEXT})
    question = RankQuestion(1, 0.5, 0.0, "b", ("a b", "c"), most=MAX_LISTED)
    question = replace(question, match_threshold="bank", share=0.05, order="z")
    assert clip.asked_by_callers() == [(336, question)] * 4


def test_no_label_that_matches_is_an_answer(send: Send, written: Written) -> None:
    """An empty list, in the answer, in a batch, and in what is logged of both."""
    body = send("POST", "/classify?match_threshold=1", files=FILE).json()
    assert (body["results"], body["none_match"]) == ([], True)
    assert "topk_labels" not in written.lines()[-1]
    query = "/features?labels=match&match_threshold=1"
    batch = send("POST", query, files={"files": PHOTO}).json()
    (item,) = batch["artifacts"]
    assert (item["features"]["clip_labels"], item["features"]["none_match"]) == ([], True)


def test_no_match_has_its_reason(serve: Serve) -> None:
    """While there is no reference nothing is left out, and nothing is refused."""
    send = serve(FakeClip(no_match="reference_pending"))
    body = send("POST", "/classify?match_threshold=1", files=FILE).json()
    assert [label["match"] for label in body["results"]] == [None, None]
    assert (body["none_match"], body["match_reason"]) == (None, "reference_pending")
    (item,) = send("POST", "/features?labels=match", files={"files": PHOTO}).json()["artifacts"]
    assert item["features"]["warnings"]["match"] == "reference_pending"


def test_out_of_memory_steps_down_and_says_so(serve: Serve, written: Written) -> None:
    """In the answer and in the log line."""
    short = FramedError(Code.OUT_OF_MEMORY, "no memory")
    clip = FakeClip(refusal=lambda image: short if image.shape[0] == 336 else None)
    body = serve(clip)("POST", "/classify", files=FILE).json()
    assert (body["size"], body["oom_fallback"]) == (224, True)
    assert written.lines()[-1]["oom_fallback"] is True


def test_the_log_line_of_a_classification(send: Send, written: Written) -> None:
    """Model, bank and labels beside the edge's own fields."""
    send("POST", "/classify", files=FILE, headers={"x-request-id": "r1"})
    line = written.lines()[-1]
    assert (line["rid"], line["path"], line["status"]) == ("r1", "/classify", 200)
    assert (line["top1_label"], line["topk_labels"]) == ("red", ["red", "green"])
    assert (line["model"], line["bank_checksum"]) == ("framed/fake", "c0ffee")


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({}, "empty"),
        ({"json": {}}, "no_photo"),
        ({"data": {"top_k": "1"}}, "no_photo"),
        ({"files": {"file": ("a.jpg", b"")}}, "empty"),
        ({"files": {"file": ("a.txt", b"x" * 99, "text/plain")}}, "not_an_image"),
        ({"files": {"file": ("a.jpg", b"x" * 99)}}, "not_an_image"),
        ({"files": {"file": ("a.jpg", PHOTO[: len(PHOTO) // 2])}}, "truncated"),
        ({"files": {"photo": ("a.jpg", PHOTO)}}, "invalid_parameter"),
        ({"files": [("file", ("a.jpg", PHOTO))] * 2}, "invalid_parameter"),
        ({"data": {"file": "http://127.0.0.1:1/a.jpg"}}, "no_photo"),
        ({"json": {"file": "/etc/passwd"}}, "no_photo"),
        ({"json": {"image": "http://127.0.0.1:1/a.jpg"}}, "invalid_base64"),
        ({"json": {"image": "/etc/passwd"}}, "invalid_base64"),
        ({"json": {"image": 7}}, "invalid_base64"),
        ({"json": {"image": [TEXT]}}, "invalid_base64"),
        ({"json": [TEXT]}, "invalid_body"),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, "invalid_json"),
        ({"content": b"hello", "headers": {"content-type": "text/plain"}}, "not_an_image"),
        (
            {"content": b"--y", "headers": {"content-type": "multipart/form-data; boundary=x"}},
            "invalid_body",
        ),
        ({"files": FILE, "data": {"image": TEXT}}, "invalid_parameter"),
        ({"content": PHOTO, "params": {"image": "abcd"}}, "invalid_parameter"),
        ({"files": FILE, "params": {"topk": 1}}, "invalid_parameter"),
        ({"files": FILE, "params": {"top_k": 1}, "data": {"top_k": "1"}}, "invalid_parameter"),
        ({"files": FILE, "params": {"model": "other"}}, "unknown_model"),
        ({"content": bytes(33 * 2**20), "headers": {"content-type": "image/jpeg"}}, "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_requests_have_the_one_shape(parts: dict[str, Any], code: str, send: Send) -> None:
    """Every kind of bad input is refused with its code, and costs no more than itself."""
    error = error_of(send("POST", "/classify", **parts))
    assert error["code"] == code
    assert len(error["message"]) < 500


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/nope", "not_found"),
        ("POST", "/metrics", "method_not_allowed"),
        ("GET", "/classify", "method_not_allowed"),
        ("PUT", "/classify", "method_not_allowed"),
        ("DELETE", "/labels", "method_not_allowed"),
        ("GET", "/%2e%2e/etc/passwd", "not_found"),
        ("GET", "/x%0a%0d", "not_found"),
        ("GET", "/labels?bnk=a", "invalid_parameter"),
        ("POST", "/reload?bank=", "invalid_parameter"),
        ("POST", "/encode_text", "invalid_parameter"),
        ("POST", "/encode_image", "no_photo"),
        ("POST", "/features", "no_photo"),
    ],
)
def test_other_refusals_have_it_too(method: str, path: str, code: str, send: Send) -> None:
    """The framework's own, and those of every other route."""
    assert error_of(send(method, path))["code"] == code


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (Code.OVERLOADED, 503),
        (Code.UNAVAILABLE, 503),
        (Code.OUT_OF_MEMORY, 503),
        (Code.INTERNAL, 500),
        (Code.UNKNOWN_BANK, 404),
    ],
)
def test_a_runners_refusal_is_passed_on(code: Code, status: int, serve: Serve) -> None:
    """Its code, its words, and the seconds to wait."""
    refusal = FramedError(code, "as the runner says", retry_after=7)
    answer = serve(FakeClip(refusal=lambda image: refusal))("POST", "/classify", files=FILE)
    assert error_of(answer)["message"] == "as the runner says"
    assert (answer.status_code, answer.headers["retry-after"]) == (status, "7")


def test_a_bug_is_500_without_its_words(serve: Serve, written: Written) -> None:
    """In one answer and with one trace in the log, under the request's id."""

    class Broken(FakeClip):
        async def rank(
            self, image: Pixels, question: RankQuestion, model: str | None = None
        ) -> Ranking:
            raise KeyError("/secret/path")

    answer = serve(Broken())("POST", "/classify", files=FILE)
    assert error_of(answer)["code"] == "internal"
    assert "secret" not in answer.text
    traces = [line for line in written.lines() if "exception" in line]
    assert [line["rid"] for line in traces] == [answer.headers["x-request-id"]]


@pytest.mark.parametrize(
    "path", ["/", "/livez", "/readyz", "/healthz", "/health", "/info", "/labels"]
)
def test_reading_works_in_every_spelling(path: str, send: Send) -> None:
    """GET and HEAD, with a slash at the end and without."""
    for method in ("GET", "HEAD"):
        for spelling in (path, f"{path}/"):
            assert send(method, spelling).status_code == 200


def test_an_alias_reloads(send: Send) -> None:
    """The older name of the route does the same."""
    first, second = send("POST", "/reload"), send("POST", "/reload-labels?bank=default")
    assert without_id(first) == without_id(second)
    assert first.json()["bank"] == "default"
    assert send("POST", "/reload", json={"bank": "landmarks"}).json()["bank"] == "landmarks"


def test_who_may_reload_is_a_setting(serve: Serve, send: Send) -> None:
    """Off is off; through a proxy it is not this machine."""
    assert error_of(serve(reload="off")("POST", "/reload"))["code"] == "forbidden"
    proxied = {"x-forwarded-for": "203.0.113.9"}
    assert error_of(send("POST", "/reload", headers=proxied))["code"] == "forbidden"
    assert serve(reload="on")("POST", "/reload", headers=proxied).status_code == 200


@pytest.mark.parametrize(
    ("path", "ready"),
    [
        ("/livez", True),
        ("/", True),
        ("/readyz", False),
        ("/healthz", False),
        ("/health", False),
        ("/info", False),
        ("/labels", False),
    ],
)
def test_while_the_model_loads(path: str, ready: bool, serve: Serve) -> None:
    """The process is alive, everything that needs the model says when to come back."""
    answer = serve(LOADING)("GET", path)
    assert (answer.status_code == 200) is ready
    if not ready:
        assert error_of(answer)["code"] == "not_ready"
        assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("/classify", {"files": FILE}),
        ("/encode_image", {"files": {"image": PHOTO}}),
        ("/encode_text", {"json": {"texts": ["a"]}}),
    ],
)
def test_questions_while_the_model_loads(path: str, parts: dict[str, Any], serve: Serve) -> None:
    """They are told to come back, in the same shape."""
    answer = serve(LOADING)("POST", path, **parts)
    assert error_of(answer)["code"] == "not_ready"
    assert int(answer.headers["retry-after"]) > 0


def test_ready_needs_both_runners_to_have_worked(serve: Serve) -> None:
    """A model that never encoded a picture is not ready."""
    answer = serve(FakeClip(replace(FACTS, warmed=False)))("GET", "/readyz")
    parts = {"model": "ready", "metrics": "ready", "decoding": "ready"}
    assert error_of(answer)["details"] == parts


def test_encode_image_answers_bare_lists(send: Send) -> None:
    """One photo a list of floats, many a list of lists in their order."""
    one = send("POST", "/encode_image", files={"image": PHOTO}).json()
    assert len(one) == 3
    files = [("image", ("a.jpg", jpeg(GREEN))), ("image", ("b.jpg", PHOTO))]
    green, red = send("POST", "/encode_image", files=files).json()
    assert red == one
    assert green != one


def test_encode_image_names_the_photo_that_is_bad(send: Send) -> None:
    """Its place among the others."""
    files = [("image", ("a.jpg", PHOTO)), ("image", ("b.jpg", b"x" * 99))]
    error = error_of(send("POST", "/encode_image", files=files))
    assert (error["code"], error["details"]["index"]) == ("not_an_image", 1)


def test_encode_text_answers_a_row_a_text(send: Send) -> None:
    """As JSON or as the SDK's form."""
    rows = send("POST", "/encode_text", json={"texts": ["a", "b c"]}).json()
    assert [len(row) for row in rows] == [3, 3]
    assert send("POST", "/encode_text", data={"texts": '["a", "b c"]'}).json() == rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A root that holds a red, a green and a broken photo."""
    (tmp_path / "red.jpg").write_bytes(PHOTO)
    (tmp_path / "green.jpg").write_bytes(jpeg(GREEN))
    (tmp_path / "broken.jpg").write_bytes(PHOTO[:-200])
    return tmp_path.resolve()


BATCH = b"""{"run": 1.50, "artifacts": [
    {"photo_id": "1", "std_uri": "red.jpg", "score": 1e3, "nested": {"a": [1.0]}},
    {"photo_id": "2", "std_uri": "../outside.jpg"},
    {"photo_id": "3", "original_uri": "green.jpg", "features": "old"},
    {"photo_id": "4", "ranking_uri": "broken.jpg"},
    {"photo_id": "5"},
    "no object",
    {"photo_id": "7", "std_uri": "http://127.0.0.1:1/a.jpg"}
], "after": null}"""
CODES = [None, "forbidden_path", None, "truncated", "no_photo", "no_photo", "forbidden_url"]
JSON = {"content-type": "application/json"}


def features(send: Send, **parts: Any) -> dict[str, Any]:
    answer = send("POST", "/features", **parts)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def codes(items: list[dict[str, Any]]) -> list[str | None]:
    return [item.get("error", {}).get("code") for item in items]


def test_a_batch_loses_nothing(folder: Path, serve: Serve) -> None:
    """Each artifact comes back in its place with its fields, enriched or with its own error."""
    send = serve(path_roots=(folder,))
    answer = send("POST", "/features", content=BATCH, headers=JSON)
    body = answer.json()
    assert list(body) == ["run", "artifacts", "after"]
    assert codes(body["artifacts"]) == CODES
    assert [item.get("photo_id") for item in body["artifacts"]] == [
        "1",
        "2",
        "3",
        "4",
        "5",
        None,
        "7",
    ]
    assert body["artifacts"][5]["artifact"] == "no object"
    for item in body["artifacts"]:
        assert (item["features"] is None) == ("error" in item)
    first, third = body["artifacts"][0]["features"], body["artifacts"][2]["features"]
    assert first["clip_labels"][0]["label"] == "red"
    assert third["clip_labels"][0]["label"] == "green"
    assert first["tech"]["brightness"] is not None
    assert list(first["tech"])[:2] == ["sharpness", "exposure"]


def test_numbers_of_a_batch_leave_as_they_came(folder: Path, serve: Serve) -> None:
    """Byte for byte, in the batch and around it."""
    answer = serve(path_roots=(folder,))("POST", "/features", content=BATCH, headers=JSON)
    for written_as in ('"run":1.50', '"score":1e3', '"nested":{"a":[1.0]}', '"after":null'):
        assert written_as in answer.text


def test_a_stream_gives_each_item_once_and_an_end(folder: Path, serve: Serve) -> None:
    """The same items as the plain answer, then a line that counts them."""
    send = serve(path_roots=(folder,))
    plain = features(send, content=BATCH, headers=JSON)["artifacts"]
    accept = {**JSON, "accept": "application/x-ndjson"}
    answer = send("POST", "/features", content=BATCH, headers=accept)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    *lines, end = [json.loads(line) for line in answer.text.splitlines()]
    assert {line["index"]: line["artifact"] for line in lines} == dict(enumerate(plain))
    assert end == {"run": 1.5, "after": None, "done": True, "count": 7, "failed": 5}


def test_one_artifact_alone(folder: Path, serve: Serve) -> None:
    """Bare in, bare out; labels as plain strings where that is asked."""
    send = serve(path_roots=(folder,))
    artifact = {"photo_id": "p", "std_uri": str(folder / "red.jpg")}
    body = features(send, json=artifact, params={"labels": "names"})
    assert body["photo_id"] == "p"
    assert body["features"]["clip_labels"] == ["red", "green"]


def test_uploaded_photos(send: Send) -> None:
    """Files become artifacts known by their names; a bad one is its own."""
    files = [("files", ("a.jpg", PHOTO)), ("files", ("b.txt", b"hello", "text/plain"))]
    items = features(send, files=files)["artifacts"]
    assert [item["filename"] for item in items] == ["a.jpg", "b.txt"]
    assert codes(items) == [None, "not_an_image"]


def test_inline_photos_need_no_folder(send: Send) -> None:
    """A data URI is the photo itself, not a path."""
    uri = f"data:image/jpeg;base64,{TEXT}"
    items = features(send, json={"artifacts": [{"std_uri": uri}, {"std_uri": "red.jpg"}]})
    assert codes(items["artifacts"]) == [None, "forbidden_path"]


def test_the_sdks_artifacts(folder: Path, serve: Serve) -> None:
    """A list written as JSON into a form field."""
    send = serve(path_roots=(folder,))
    data = {"artifacts": '[{"std_uri": "red.jpg", "score": 1.50}]', "top_k": "1"}
    answer = send("POST", "/features", data=data)
    assert codes(answer.json()["artifacts"]) == [None]
    assert '"score":1.50' in answer.text


def test_artifacts_and_files_together_are_refused(send: Send) -> None:
    """Which of them was meant is not for us to guess."""
    files = [("files", ("a.jpg", PHOTO))]
    answer = send("POST", "/features", files=files, data={"artifacts": "[]"})
    assert error_of(answer)["code"] == "invalid_parameter"


@pytest.mark.parametrize("body", [PHOTO, b"x" * 99], ids=["answered", "refused"])
def test_uploaded_files_are_closed(
    body: bytes, monkeypatch: pytest.MonkeyPatch, send: Send
) -> None:
    """What was spooled to disk is given back with the answer, whichever it is."""
    opened: list[SpooledTemporaryFile[bytes]] = []

    def spooled(*arguments: Any, **options: Any) -> SpooledTemporaryFile[bytes]:
        opened.append(SpooledTemporaryFile(*arguments, **options))  # noqa: SIM115 - starlette's to close
        return opened[-1]

    monkeypatch.setattr(formparsers, "SpooledTemporaryFile", spooled)
    send("POST", "/classify", files={"file": body})
    send("POST", "/encode_image", files=[("image", body), ("image", body)])
    send("POST", "/features", files=[("files", body), ("files", body)])
    assert [file.closed for file in opened] == [True] * 5


def test_metrics_that_fail_leave_the_labels(serve: Serve) -> None:
    """With the reason among the warnings."""
    broken = FakeTechnical(FramedError(Code.UNAVAILABLE, "restarting"))
    (item,) = features(serve(technical=broken), files=[("files", ("a.jpg", PHOTO))])["artifacts"]
    assert set(item["features"]["tech"].values()) == {None}
    assert item["features"]["warnings"] == {"brightness": "unavailable"}
    assert item["features"]["clip_labels"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[]", "invalid_body"),
        (b'{"artifacts": {}}', "invalid_body"),
        (b'{"artifacts": [NaN]}', "invalid_json"),
        (b'{"artifacts": [' + b"{}," * 3 + b"{}]}", "too_large"),
        (b"[" * 100_000, "invalid_json"),
    ],
)
def test_a_batch_that_is_none_is_refused_as_a_whole(body: bytes, code: str, serve: Serve) -> None:
    """Before any item is looked at."""
    answer = serve(batch_items=3)("POST", "/features", content=body, headers=JSON)
    assert error_of(answer)["code"] == code


@pytest.mark.parametrize("accept", ["*/*", "application/x-ndjson"])
def test_nesting_is_answered_at_every_depth(accept: str, send: Send) -> None:
    """What can be read can be written: no depth is a failure inside."""
    for depth in range(900, 1000, 3):
        body = b'{"artifacts":[{"x":' + b"[" * depth + b"]" * depth + b"}]}"
        answer = send("POST", "/features", content=body, headers={**JSON, "accept": accept})
        assert answer.status_code in (200, 400)


def test_a_batch_is_logged_item_by_item(send: Send, written: Written) -> None:
    """Start, each item with its figures or its reason, and the end; all under one id."""
    files = [("files", ("a.jpg", PHOTO)), ("files", ("b.jpg", b"x" * 99))]
    features(send, files=files, headers={"x-request-id": "r1"})
    lines = [line for line in written.lines() if line.get("rid") == "r1"]
    assert [line["message"] for line in lines] == [
        "batch started",
        "item",
        "item",
        "batch finished",
        "request",
    ]
    good, bad = sorted(lines[1:3], key=lambda line: int(line["index"]))
    assert good["topk_labels"] == ["red", "green"]
    assert good["stages_ms"].keys() == {"decode", "clip", "technical"}
    assert (bad["photo"], bad["code"]) == ("b.jpg", "not_an_image")
    assert (lines[-1]["items"], lines[-1]["failed"]) == (2, 1)


def test_browsers_of_other_origins_are_let_in_by_name_only(serve: Serve) -> None:
    """Without the setting no header invites them; with it the id can be read by them."""
    origin = {"origin": "https://a.example"}
    assert "access-control-allow-origin" not in serve()("GET", "/livez", headers=origin).headers
    send = serve(cors_origins=("https://a.example",))
    answer = send("GET", "/livez", headers=origin)
    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    assert "X-Request-ID" in answer.headers["access-control-expose-headers"]
    other = send("GET", "/livez", headers={"origin": "https://b.example"})
    assert "access-control-allow-origin" not in other.headers


def test_the_deadline_holds_through_the_whole(serve: Serve) -> None:
    """A runner that never answers costs its caller the deadline, and no more."""

    class Hanging(FakeClip):
        async def rank(
            self, image: Pixels, question: RankQuestion, model: str | None = None
        ) -> Ranking:
            await asyncio.Event().wait()
            raise AssertionError("it hangs")

    answer = serve(Hanging(), deadline=0.3)("POST", "/classify", files=FILE)
    assert error_of(answer)["code"] == "deadline"


def test_a_client_that_leaves_in_mid_body_is_no_error(written: Written) -> None:
    """It is logged as such, at the level of any other request."""
    app = assemble.web(FakeClip(), FakeTechnical(), chosen())
    configure_into(written)
    scope = scope_of("/classify", "POST", {"content-type": "image/jpeg"})
    asyncio.run(ask(app, scope, [*pieces(PHOTO, PHOTO)[:1], DISCONNECT]))
    (line,) = written.lines()
    assert (line["code"], line["level"]) == ("client_left", "info")


def test_a_photo_as_the_whole_body(serve: Serve) -> None:
    """It is answered bare; one that cannot be read refuses the request."""
    send = serve()
    kind = {"content-type": "image/jpeg"}
    answer = send("POST", "/features", content=PHOTO, headers=kind)
    assert list(answer.json()) == ["features"]
    assert answer.json()["features"]["tech"]["brightness"] is not None
    refused = send("POST", "/features", content=b"x" * 99, headers=kind)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "not_an_image")


def test_labels_of_all_items_are_bounded_together(serve: Serve) -> None:
    """Every label of a large bank, of many photos: what fits is answered, the rest says so, and a
    streamed answer holds one item at a time."""

    class ManyLabels(FakeClip):
        async def rank(
            self, image: Pixels, question: RankQuestion, model: str | None = None
        ) -> Ranking:
            ranking = await super().rank(image, question, model)
            return replace(ranking, results=ranking.results[:1] * 1000)

    send = serve(ManyLabels(), request_memory_mb=2)
    artifacts = {"artifacts": [{"std_uri": f"data:image/jpeg;base64,{TEXT}"}] * 3}
    route = "/features?match_threshold=0"
    answer = send("POST", route, json=artifacts)
    assert sorted(filter(None, codes(answer.json()["artifacts"]))) == ["too_large"] * 2
    streamed = send("POST", route, json=artifacts, headers={"Accept": "application/x-ndjson"})
    *lines, end = [json.loads(line) for line in streamed.text.splitlines()]
    assert [len(line["artifact"]["features"]["clip_labels"]) for line in lines] == [1000] * 3
    assert end["failed"] == 0


def test_a_batch_may_bring_all_exif_fields(send: Send) -> None:
    """300,000 values and more, all of them back; a single photo's JSON has no use for so many."""
    exif = {f"Field{number}": number if number % 4 else [number, 100] for number in range(300)}
    artifacts = [{"photo_id": str(number), "exif": exif} for number in range(1000)]
    answer = send("POST", "/features", json={"artifacts": artifacts})
    assert answer.status_code == 200
    items = answer.json()["artifacts"]
    assert len(items) == 1000
    assert items[-1]["exif"] == exif
    single = send("POST", "/classify", json={"image": TEXT, "exif": artifacts})
    assert "more than 100000 values" in single.json()["error"]["message"]


def test_no_photo_stands_in_the_log(send: Send, written: Written) -> None:
    """Nor in a refusal, where it came instead of a name, or with too many others."""
    uri = f"data:image/jpeg;base64,{TEXT}"
    send("POST", "/features", json={"artifacts": [{"std_uri": uri}, {"std_uri": "http:x" + uri}]})
    refused = send("POST", "/api/v1/vision/labels", json={"images": [uri] * 65})
    assert "a list of 65" in refused.json()["error"]
    assert TEXT[:20] not in refused.text
    lines = json.dumps(written.lines())
    assert "data:image/jpeg;base64,\\u2026" in lines
    assert TEXT[:20] not in lines


def test_lists_that_cannot_fit_are_refused_before_the_work(serve: Serve) -> None:
    """A thousand items with a thousand labels each; as NDJSON they pass."""
    many = tuple(f"label {number}" for number in range(1000))
    bank = BankFacts("default", many, ("{}",), "c0ffee")
    clip = FakeClip(replace(FACTS, banks=(bank,)))
    send = serve(clip)
    body = {"artifacts": [{"std_uri": f"{number}.jpg"} for number in range(300)]}
    refused = send("POST", "/features?top_k=all", json=body)
    assert (refused.status_code, error_of(refused)["code"]) == (400, "too_large")
    assert "x-ndjson" in error_of(refused)["message"]
    assert clip.asked == []
    streamed = {**JSON, "accept": "application/x-ndjson"}
    assert send(
        "POST", "/features?top_k=all", content=json.dumps(body), headers=streamed
    ).is_success
    assert send("POST", "/features?top_k=10", json=body).is_success
