"""Every refusal has the one shape, the right code, and a line in the log; what is bent is said.

{"error": {"code", "message", "request_id", "details"?}}
"""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.server.running import RunningServer

MIB = 2**20
JPEG = {"content-type": "image/jpeg"}
AS_JSON = {"content-type": "application/json"}


def _photo(size: tuple[int, int] = (96, 64)) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(file, "JPEG")
    return file.getvalue()


def _bomb() -> bytes:
    """A PNG of 69 bytes whose header claims 2,500 megapixels."""
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def _in_pieces(data: bytes) -> Iterator[bytes]:
    """A body of undeclared length: it is sent chunked."""
    for start in range(0, len(data), 65_536):
        yield data[start : start + 65_536]


PHOTO = _photo()
BASE64 = base64.b64encode(PHOTO).decode()
PADDED = PHOTO + bytes(33 * MIB - len(PHOTO))  # a real photo, made too large by what follows it
FILE = {"file": ("a.jpg", PHOTO, "image/jpeg")}


@dataclass(frozen=True)
class Refused:
    """A request, and the refusal it gets; `says` are words that its message must hold."""

    request: dict[str, Any]
    code: str
    says: tuple[str, ...] = ()
    status: int = 400
    method: str = "POST"
    path: str = "/classify"
    details: dict[str, Any] = field(default_factory=dict)


def _with(code: str = "invalid_parameter", says: tuple[str, ...] = (), **params: Any) -> Refused:
    """A good photo with a bad parameter in the query."""
    return Refused({"files": FILE, "params": params}, code, says)


def _sent(code: str, name: str, data: bytes, kind: str, *says: str) -> Refused:
    """A file part declared as `kind`."""
    return Refused({"files": {"file": (name, data, kind)}}, code, says)


def _json_body(code: str, body: bytes, *says: str, path: str = "/classify") -> Refused:
    return Refused({"content": body, "headers": AS_JSON}, code, says, path=path)


def _multipart(code: str, content_type: str, body: bytes, *says: str) -> Refused:
    return Refused({"content": body, "headers": {"content-type": content_type}}, code, says)


def _lots(count: int) -> str:
    return json.dumps([f"label {number}" for number in range(count)])


PHOTOS: dict[str, Refused] = {
    "a part declared as text": _sent("not_an_image", "a.txt", PHOTO, "text/plain", "text/plain"),
    "a part declared as video": _sent("not_an_image", "a.mp4", PHOTO, "video/mp4", "video/mp4"),
    "a part declared as PDF": _sent("unsupported_format", "a.pdf", b"%PDF-1.4", "application/pdf"),
    "a body declared as text": Refused(
        {"content": PHOTO, "headers": {"content-type": "text/plain"}}, "not_an_image"
    ),
    "a data URI declared as text": Refused(
        {"json": {"image": f"data:text/html;base64,{BASE64}"}}, "not_an_image"
    ),
    "an empty part": _sent("empty", "a.jpg", b"", "image/jpeg"),
    "an empty body": Refused({"content": b"", "headers": JPEG}, "empty"),
    "an empty text": Refused({"json": {"image": ""}}, "empty"),
    "half a photo": _sent("truncated", "a.jpg", PHOTO[: len(PHOTO) // 2], "image/jpeg"),
    "not a photo": _sent("not_an_image", "a.jpg", b"hello " * 50, "image/jpeg"),
    "a bomb": _sent("too_many_pixels", "a.png", _bomb(), "image/png"),
    "a photo over the limit, body within": _sent(
        *("too_large", "a.jpg", PADDED[: 32 * MIB + 1], "image/jpeg"),
        *("32 MiB", "FRAMED_MAX_PHOTO_BYTES"),
    ),
    "a declared body over the limit": Refused(
        {"content": PADDED, "headers": JPEG}, "too_large", ("32 MiB", "FRAMED_MAX_PHOTO_BYTES")
    ),
    "a form over the limit": _sent("too_large", "a.jpg", PADDED, "image/jpeg"),
    "base64 over the limit": Refused(
        {"json": {"image": base64.b64encode(PADDED).decode()}}, "too_large"
    ),
    "no photo at all": Refused({"data": {"top_k": "3"}}, "no_photo", ("file",)),
    "no image in the JSON": Refused({"json": {"top_k": 3}}, "no_photo", ("image",)),
    "null for an image": Refused({"json": {"image": None}}, "no_photo"),
    "a number for an image": Refused({"json": {"image": 7}}, "invalid_base64"),
    "bad base64": Refused({"json": {"image": "@@@@"}}, "invalid_base64"),
    "base64 cut short": Refused({"json": {"image": BASE64[:-3]}}, "invalid_base64"),
    "a path for an image": Refused({"json": {"image": "/etc/passwd"}}, "invalid_base64"),
    "a web address for an image": Refused(
        {"json": {"image": "http://127.0.0.1:1/a.jpg"}}, "invalid_base64"
    ),
    "a text for a file": Refused({"files": {"file": (None, "hello")}}, "no_photo", ("file",)),
    "a web address for a file": Refused(
        {"files": {"file": (None, "http://127.0.0.1:1/a.jpg")}}, "no_photo", ("fetched",)
    ),
    "a path for a file": Refused({"data": {"file": "/etc/passwd"}}, "no_photo", ("opened",)),
    "a path for a file in JSON": Refused({"json": {"file": "/etc/passwd"}}, "no_photo"),
    "two files in one field": Refused(
        {"files": [("file", FILE["file"]), ("file", FILE["file"])]}, "invalid_parameter"
    ),
    "a file in another field": Refused(
        {"files": {"photo": FILE["file"]}}, "invalid_parameter", ("'photo'", "'file'")
    ),
    "a file in a field close by": Refused(
        {"files": {"files": FILE["file"]}}, "invalid_parameter", ("'files'", "'file'")
    ),
    "a text for a photo of a batch": Refused(
        {"files": {"files": (None, "http://127.0.0.1:1/a.jpg")}}, "no_photo", path="/features"
    ),
    "65 files": Refused(
        {"files": [("files", FILE["file"])] * 65}, "invalid_body", ("64",), path="/features"
    ),
    "a text for a photo to encode": Refused(
        {"files": {"image": (None, "hello")}}, "no_photo", path="/encode_image"
    ),
    "a bad photo among photos to encode": Refused(
        {"files": [("image", FILE["file"]), ("image", ("b.jpg", b"x", "image/jpeg"))]},
        "not_an_image",
        ("Input 2 of 2",),
        path="/encode_image",
        details={"index": 1},
    ),
}

BODIES: dict[str, Refused] = {
    "bad JSON": _json_body("invalid_json", b'{"image": ', "line 1"),
    "no JSON": _json_body("invalid_json", b""),
    "a JSON list": _json_body("invalid_body", b"[]", "object"),
    "a JSON text": _json_body("invalid_body", b'"hello"', "object"),
    "deep JSON": _json_body("invalid_json", b'{"image": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "bad UTF-8": _json_body("invalid_json", b'{"image": "\xff\xfe"}', "UTF-8"),
    "NaN in JSON": _json_body("invalid_json", b'{"image": "", "temperature": NaN}', "NaN"),
    "infinity in JSON": _json_body("invalid_json", b'{"image": "", "threshold": -Infinity}'),
    "bad JSON batch": _json_body("invalid_json", b'{"artifacts": [', path="/features"),
    "a list for a batch": _json_body("invalid_body", b"[{}]", "artifacts", path="/features"),
    "artifacts that are no list": _json_body(
        "invalid_body", b'{"artifacts": {"photo_id": 1}}', "list", path="/features"
    ),
    "deep JSON batch": _json_body(
        "invalid_json", b'{"a": ' * 50_000 + b"1" + b"}" * 50_000, path="/features"
    ),
    "a batch of 1,001 items": _json_body(
        "too_large", json.dumps({"artifacts": [{}] * 1001}).encode(), "1000", path="/features"
    ),
    "no boundary": _multipart("invalid_body", "multipart/form-data", b"--a\r\n", "boundary"),
    "another boundary": _multipart(
        "invalid_body", "multipart/form-data; boundary=b", b"--a\r\n\r\nhello\r\n--a--\r\n"
    ),
    "a broken part": _multipart(
        "invalid_body",
        "multipart/form-data; boundary=a",
        b"--a\r\nno colon in this header\r\n\r\nhello\r\n--a--\r\n",
    ),
    "a part without a name": _multipart(
        "invalid_body",
        "multipart/form-data; boundary=a",
        b"--a\r\nContent-Disposition: form-data\r\n\r\nhello\r\n--a--\r\n",
    ),
    "a text that is no UTF-8 parameter": _multipart(
        "invalid_parameter",
        "multipart/form-data; boundary=a",
        b'--a\r\nContent-Disposition: form-data; name="top_k"\r\n\r\n\xff\xfe\r\n--a--\r\n',
    ),
    "half a surrogate pair": _json_body("invalid_parameter", b'{"image": "", "bank": "\\ud800"}'),
    "half a surrogate pair to encode": _json_body(
        "invalid_parameter", b'{"texts": ["\\ud800"]}', "texts", path="/encode_text"
    ),
    "no texts": _json_body("invalid_parameter", b"{}", "texts", path="/encode_text"),
    "an empty list of texts": _json_body(
        "invalid_parameter", b'{"texts": []}', "texts", path="/encode_text"
    ),
    "a blank text": _json_body(
        "invalid_parameter", b'{"texts": ["a", ""]}', "texts", path="/encode_text"
    ),
    "one text that is no list": _json_body(
        "invalid_parameter", b'{"texts": "a"}', "texts", path="/encode_text"
    ),
}

PARAMETERS: dict[str, Refused] = {
    "an unknown name": _with(says=("topk", "did you mean 'top_k'"), topk=3),
    "a name far from any": _with(says=("zzz", "known:", "temperature"), zzz=1),
    "an unknown name in a form": Refused(
        {"files": FILE, "data": {"treshold": "1"}}, "invalid_parameter", ("'threshold'",)
    ),
    "an unknown name in JSON": Refused(
        {"json": {"image": BASE64, "lables": ["a"]}}, "invalid_parameter", ("'labels'",)
    ),
    "one name in query and form": Refused(
        {"files": FILE, "data": {"top_k": "2"}, "params": {"top_k": 2}},
        "invalid_parameter",
        ("top_k", "once"),
    ),
    "one name in query and JSON": Refused(
        {"json": {"image": BASE64, "top_k": 2}, "params": {"top_k": 2}},
        "invalid_parameter",
        ("top_k", "once"),
    ),
    "a name twice in the query": _with(says=("top_k",), top_k=["2", "3"]),
    "size=300": _with(says=("size=300", "224 or 336"), size=300),
    "size=true": Refused({"json": {"image": BASE64, "size": True}}, "invalid_parameter", ("size",)),
    "temperature=0": _with(says=("temperature=0",), temperature=0),
    "temperature=-1": _with(says=("temperature=-1",), temperature=-1),
    "temperature=NaN": _with(says=("temperature=NaN",), temperature="NaN"),
    "temperature=Infinity": _with(says=("temperature=Infinity",), temperature="Infinity"),
    "temperature=1e999": _with(says=("temperature=1e999",), temperature="1e999"),
    "threshold=2": _with(says=("threshold=2",), threshold=2),
    "threshold=nan": _with(says=("threshold=nan",), threshold="nan"),
    "top_k=abc": _with(says=("top_k=abc",), top_k="abc"),
    "top_k=1.5": _with(says=("top_k=1.5",), top_k="1.5"),
    "an empty top_k": _with(says=("top_k",), top_k=""),
    "a true top_k": Refused({"json": {"image": BASE64, "top_k": True}}, "invalid_parameter"),
    "a nested top_k": Refused({"json": {"image": BASE64, "top_k": [1]}}, "invalid_parameter"),
    "two faults at once": _with(says=("size=300", "threshold=2"), size=300, threshold=2),
    "duplicate labels": _with(says=("'a'", "twice"), labels=json.dumps(["a", "b", "a"])),
    "1,001 labels": Refused(
        {"files": FILE, "data": {"labels": _lots(1001)}}, "invalid_parameter", ("labels", "1000")
    ),
    "a blank label": _with(says=("blank",), labels=json.dumps(["a", "  "])),
    "an empty label": _with(says=("labels",), labels=json.dumps(["a", ""])),
    "no labels": _with(says=("labels",), labels="[]"),
    "a number for a label": _with(says=("labels",), labels="[1, 2]"),
    "unknown templates": _with(says=("templates=mine",), templates="mine"),
    "unknown decode": _with(says=("decode=slow",), decode="slow"),
    "a shape for labels of a batch": Refused(
        {"files": {"files": FILE["file"]}, "params": {"labels": "all"}},
        "invalid_parameter",
        ("labels=all",),
        path="/features",
    ),
    "an unknown name for an encoder": Refused(
        {"json": {"texts": ["a pier"]}, "params": {"top_k": 1}},
        "invalid_parameter",
        path="/encode_text",
    ),
    "an unknown name for labels": Refused(
        {"params": {"bnak": "default"}},
        "invalid_parameter",
        ("'bank'",),
        method="GET",
        path="/labels",
    ),
}

UNKNOWN: dict[str, Refused] = {
    "an unknown bank": Refused(
        {"files": FILE, "params": {"bank": "defualt"}}, "unknown_bank", ("defualt",), 404
    ),
    "an unknown bank of labels": Refused(
        {"params": {"bank": "nowhere"}}, "unknown_bank", ("nowhere",), 404, "GET", "/labels"
    ),
    "an unknown bank to reload": Refused(
        {"json": {"bank": "nowhere"}}, "unknown_bank", ("nowhere",), 404, path="/reload"
    ),
    "a bank that is a path": Refused(
        {"files": FILE, "params": {"bank": "../../etc"}}, "unknown_bank", (), 404
    ),
    "an unknown model": Refused(
        {"files": FILE, "params": {"model": "gpt"}}, "unknown_model", ("gpt", "mini"), 404
    ),
    "an unknown model to encode with": Refused(
        {"json": {"texts": ["a"], "model": "gpt"}}, "unknown_model", (), 404, path="/encode_text"
    ),
    "an unknown route": Refused({}, "not_found", ("/nowhere",), 404, "GET", "/nowhere"),
    "an unknown route to post to": Refused({"files": FILE}, "not_found", (), 404, path="/classif"),
    "GET where POST is": Refused({}, "method_not_allowed", ("GET",), 405, "GET"),
    "DELETE": Refused({}, "method_not_allowed", ("DELETE",), 405, "DELETE", "/features"),
    "POST where GET is": Refused({}, "method_not_allowed", ("POST",), 405, path="/labels"),
    "POST of a probe": Refused({}, "method_not_allowed", (), 405, path="/healthz"),
}

ACCESS: dict[str, Refused] = {
    f"reload for {who}": Refused({"headers": {name: value}}, "forbidden", (), 403, path="/reload")
    for who, name, value in (
        ("a caller behind a proxy", "x-forwarded-for", "127.0.0.1"),
        ("a caller behind another proxy", "forwarded", "for=127.0.0.1"),
        ("a page of another origin", "origin", "https://example.org"),
        ("a page of no origin", "origin", "null"),
    )
}

INSIDE = ("Traceback", "site-packages", "/framed/", "pydantic", "starlette")  # not for callers

ALL = {**PHOTOS, **BODIES, **PARAMETERS, **UNKNOWN, **ACCESS}


def _assert_one_shape(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == ["error"]
    error: dict[str, Any] = answer.json()["error"]
    assert {"code", "message", "request_id"} <= error.keys()
    assert error.keys() <= {"code", "message", "request_id", "details"}
    assert error["code"] == code, error
    assert answer.headers.get_list("x-request-id") == [error["request_id"]]
    return error


def _assert_logged(server: RunningServer, error: dict[str, Any], status: int, path: str) -> None:
    (line,) = server.requests(error["request_id"])
    assert (line["status"], line["code"]) == (status, error["code"])
    assert (line["path"], line["reason"]) == (path, error["message"])
    assert line["level"] == "info"  # the caller's fault, not ours


@pytest.mark.parametrize("refused", ALL.values(), ids=ALL.keys())
def test_refusal(client, server, refused):
    """Status, code, shape and log line are right; the message names the fault and no insides."""
    answer = client.request(refused.method, refused.path, **refused.request)
    error = _assert_one_shape(answer, refused.status, refused.code)
    for words in refused.says:
        assert words in error["message"]
    assert not [inside for inside in INSIDE if inside in answer.text]
    assert refused.details.items() <= error.get("details", {}).items()
    _assert_logged(server, error, refused.status, refused.path)


@pytest.mark.parametrize("path", ["/classify", "/features", "/encode_image"])
def test_chunked_body_over_the_limit(client, server, path):
    """A body that does not say its length is counted while it comes in."""
    size = 34 * MIB
    answer = client.post(path, content=_in_pieces(bytes(size)), headers=JPEG)
    assert "content-length" not in answer.request.headers
    error = _assert_one_shape(answer, 400, "too_large")
    assert error["details"]["limit_bytes"] < size
    _assert_logged(server, error, 400, path)


def _nested_item(client: httpx.Client, depth: int) -> int:
    body = b'{"artifacts": [' + b"[" * depth + b"]" * depth + b"]}"
    return client.post("/features", content=body, headers=AS_JSON).status_code


def test_depth_is_refused_before_it_fails(client):
    """Whatever is shallow enough to be read can also be written: no depth between them fails."""
    accepted, refused = 1, 100_000
    assert (_nested_item(client, accepted), _nested_item(client, refused)) == (200, 400)
    while refused - accepted > 1:
        middle = (accepted + refused) // 2
        if _nested_item(client, middle) == 200:
            accepted = middle
        else:
            refused = middle
    around = range(max(1, accepted - 20), accepted + 20)
    assert {_nested_item(client, depth) for depth in around} <= {200, 400}


def test_unknown_parameters_are_named_as_data(client):
    """All faults of a request stand in one answer, each with its name and problem."""
    answer = client.post("/classify", files=FILE, params={"topk": 1, "size": 1, "threshold": -1})
    faults = _assert_one_shape(answer, 400, "invalid_parameter")["details"]["parameters"]
    assert {fault["name"] for fault in faults} == {"topk", "size", "threshold"}
    assert all(fault["problem"] for fault in faults)


@pytest.mark.parametrize("given", ["rid-1", "a.b_c:d/e+f=g", "x" * 128])
def test_given_request_id_is_kept(client, given):
    """A usable request id comes back in header and body."""
    answer = client.post("/classify", headers={"x-request-id": given})
    assert _assert_one_shape(answer, 400, "empty")["request_id"] == given


@pytest.mark.parametrize("given", ["", "two words", "x" * 129, "a\tb", "<script>", "é".encode()])
def test_unusable_request_id_is_replaced(client, given):
    """An id that would spoil a log or a page is replaced by our own."""
    answer = client.post("/classify", headers={"x-request-id": given})
    used = _assert_one_shape(answer, 400, "empty")["request_id"]
    assert used.isalnum()
    assert used != given


def test_good_answers_carry_the_request_id(client):
    """An answer that is no refusal carries the id as well."""
    answer = client.post("/classify", files=FILE, headers={"x-request-id": "mine"})
    assert answer.status_code == 200
    assert answer.headers.get_list("x-request-id") == ["mine"]
    assert answer.json()["request_id"] == "mine"


@pytest.mark.parametrize(("asked", "used"), [(0, 1), (-3, 1), (99, 10), (10**30, 10)])
def test_top_k_is_held_and_reported(client, asked, used):
    """A top_k outside 1..10 is moved inside, and the answer says so."""
    answer = client.post("/classify", files=FILE, params={"top_k": asked}).json()
    assert answer["top_k"] == used == len(answer["results"])
    assert answer["adjusted"] == [{"name": "top_k", "asked": asked, "used": used}]


def test_top_k_is_held_by_the_number_of_labels(client):
    """More labels than there are cannot be shown."""
    query = {"top_k": 5, "labels": json.dumps(["a", "b"])}
    answer = client.post("/classify", files=FILE, params=query).json()
    assert (answer["top_k"], len(answer["results"])) == (2, 2)
    assert answer["adjusted"] == [{"name": "top_k", "asked": 5, "used": 2}]


def test_size_is_held_to_the_models_own(client):
    """336 where the model cannot is answered at its own size, and said."""
    sizes = client.get("/info").json()["sizes"]
    answer = client.post("/classify", files=FILE, params={"size": 336}).json()
    moved = [{"name": "size", "asked": 336, "used": answer["size"]}]
    assert answer["adjusted"] == ([] if 336 in sizes else moved)
    assert answer["size"] in sizes


def test_one_label_is_enough(client):
    """A list of one label is answered: it has the whole share."""
    answer = client.post("/classify", files=FILE, params={"labels": '["a cat"]'}).json()
    assert [each["label"] for each in answer["results"]] == ["a cat"]
    assert answer["scores"] == {"a cat": pytest.approx(1.0)}


def test_a_thousand_labels_are_taken(client):
    """The limit itself is within."""
    answer = client.post("/classify", files=FILE, data={"labels": _lots(1000)})
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["scores"]) == 1000


def test_sixty_four_files_are_taken(client):
    """The limit itself is within."""
    answer = client.post("/features", files=[("files", FILE["file"])] * 64)
    assert answer.status_code == 200, answer.text
    assert all(item["features"] for item in answer.json()["artifacts"])


def test_photo_at_the_limit_is_taken(client):
    """32 MiB are within, one byte more is not."""
    photo = PADDED[: 32 * MIB]
    answer = client.post("/classify", files={"file": ("a.jpg", photo, "image/jpeg")})
    assert answer.status_code == 200, answer.text


def test_reload_for_a_page_of_this_server(client, server):
    """A page that this server itself served may reload."""
    answer = client.post("/reload", headers={"origin": server.url})
    assert answer.status_code == 200, answer.text
