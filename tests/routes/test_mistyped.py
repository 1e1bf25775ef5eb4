"""What curl's --data-binary sends without a type: a photo is known by its bytes."""

from __future__ import annotations

import os
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from framed.routes.limits import AS_A_PHOTO
from framed.routes.mistyped import HEAD_BYTES, PHOTO, true_type
from tests.logs import Written
from tests.photos import jpeg
from tests.routes.conftest import Send, Serve

FORM = {"content-type": "application/x-www-form-urlencoded"}
JPEG = jpeg()
HEADER = "--header 'Content-Type: image/jpeg'"
NO_PHOTOS = {
    "random bytes": b"\x93\x07" + os.urandom(3 * 2**20),
    "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(1000),
    "a video": b"\0\0\0\x18ftypmp42" + bytes(1000),
    "text with a null byte": b"labels=\0a&top_k=3",
    "what -d makes of a photo": JPEG.translate(None, b"\0\r\n"),
}


def encoded(name: str) -> bytes:
    """A small picture in that format."""
    if name == "heif":  # as a phone begins one
        return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)
    file = BytesIO()
    Image.new("RGB", (32, 24)).save(file, name)
    return file.getvalue()


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "tiff", "bmp", "gif", "heif", "avif"])
def test_a_photo_is_known_by_its_bytes(name: str) -> None:
    """In any format that is read, from its first bytes."""
    assert true_type(encoded(name)[:HEAD_BYTES], AS_A_PHOTO) == PHOTO


@pytest.mark.parametrize(
    "form",
    [
        b"top_k=3&labels=%5B%22a%22%5D",
        "labels=ein Löwe".encode(),
        b"image=/9j/4AAQ",
        b"",
        b"BM=1",
        'texts=["an astronaut 👩\u200d🚀"]'.encode(),
        "labels=क्\u200cष\u200e\u00a0a\u2028\ufeff".encode(),
    ],
)
def test_a_form_stays_one(form: bytes) -> None:
    """Percent signs, letters of any language, and a letter that is cut in two."""
    assert true_type(form, "") is None
    assert true_type(b"a" * (HEAD_BYTES - 1) + "ö".encode()[:1], "") is None


@pytest.mark.parametrize("body", NO_PHOTOS.values(), ids=NO_PHOTOS.keys())
def test_what_is_neither_is_told_how_a_photo_is_sent(body: bytes, send: Send) -> None:
    """In one sentence, whatever came, of which nothing is repeated."""
    answer = send("POST", "/classify", content=body, headers=FORM)
    message = answer.json()["error"]["message"]
    assert answer.status_code == 400
    assert HEADER in message
    assert "-F file=@photo" in message
    assert len(answer.content) < 400


def test_json_is_told_its_type(send: Send) -> None:
    """What `curl -d` makes of it."""
    answer = send("POST", "/encode_text", content=b'{"texts": ["a cat"]}', headers=FORM)
    assert "Content-Type: application/json" in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/classify", "/features", "/classify?top_k=1&model=fake"])
def test_a_photo_without_a_type_is_answered(path: str, send: Send) -> None:
    """As with its own type, large ones too, which no form may be."""
    right = send("POST", path, content=JPEG, headers={"content-type": "image/jpeg"}).json()
    assert right.keys() >= {"results"} or right.keys() >= {"features"}
    for body in (JPEG, JPEG + bytes(3 * 2**20)):
        found = send("POST", path, content=body, headers=FORM)
        assert found.status_code == 200, found.text
        assert found.json().keys() == right.keys()


@pytest.mark.parametrize(
    ("path", "how"),
    [
        ("/encode_image", "-F image=@photo.jpg"),
        ("/analyze", "-F file=@photo.jpg"),
        ("/embed", "base64"),
        ("/v1/embeddings", "base64"),
    ],
)
def test_where_no_raw_photo_is_taken_the_way_is_told(path: str, how: str, send: Send) -> None:
    """In one sentence; a photo is no parameter's name."""
    answer = send("POST", path, content=JPEG + bytes(100_000), headers=FORM)
    assert answer.status_code == 400
    assert how in answer.text
    assert len(answer.content) < 500


def test_a_large_body_that_is_no_photo_is_not_read_as_a_form(send: Send) -> None:
    """Letters by the megabyte are refused by their number."""
    answer = send("POST", "/classify", content=b"a=1&" * 2**20, headers=FORM)
    error = answer.json()["error"]
    assert error["code"] == "too_large"
    assert HEADER in error["message"]


@pytest.mark.parametrize(
    "request_",
    [
        {"content": b"%ff%d8" * 500 + b"=1", "headers": FORM},
        {"json": {"\x00\x1b[31m" * 200: 1}},
        {"files": {"f" * 5000: ("a.jpg", JPEG)}},
        {"files": {"file": ("a.jpg", JPEG)}, "data": {"\x07" * 300: "1"}},
        {"files": {"file": ("a.jpg", JPEG)}, "params": {"\x1b" * 300: "1"}},
        {"content": JPEG, "headers": {"content-type": "text/" + "x" * 5000}},
        {"content": JPEG, "headers": {"content-encoding": "z" * 5000}},
    ],
)
def test_names_of_a_request_are_short_and_plain(
    request_: dict[str, Any], send: Send, written: Written
) -> None:
    """In the refusal and in the log, wherever in the request they stood."""
    answer = send("POST", "/classify", **request_)
    assert answer.status_code == 400
    assert len(answer.content) < 1500
    error = answer.json()["error"]
    assert error["message"].isprintable()
    told = error.get("details", {}).get("parameters", ())
    assert all(each["name"].isprintable() for each in told)
    assert len(written.lines()[-1]["reason"]) < 700


def test_a_limit_that_is_set_holds(serve: Serve) -> None:
    """For a photo without a type as for any other."""
    answer = serve(max_photo_bytes=2**20)(
        "POST", "/classify", content=JPEG + bytes(2 * 2**20), headers=FORM
    )
    assert answer.json()["error"]["code"] == "too_large"
    assert "FRAMED_MAX_PHOTO_BYTES" in answer.json()["error"]["message"]


def test_a_jpeg_whose_head_has_no_zeros_is_a_photo() -> None:
    """A long comment may come first: that is no sign of lost bytes."""
    comment = b"a long comment " * 60
    head = b"\xff\xd8\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
    assert not set(head[:HEAD_BYTES]) & set(b"\0\r\n")
    assert true_type(head[:HEAD_BYTES], AS_A_PHOTO) == PHOTO


@pytest.mark.parametrize(
    ("path", "says", "not_"),
    [
        ("/encode_text", "application/json", "photo"),
        ("/encode_image", "-F image=@photo.jpg", "data-binary"),
        ("/analyze", "-F file=@photo.jpg", "data-binary"),
        ("/predict", "-F image=@photo.jpg", "data-binary"),
        ("/embed", "base64 in JSON", "-F"),
        ("/api/v1/vision/labels", "base64 in JSON", "-F"),
    ],
)
def test_the_advice_is_the_routes_own(path: str, says: str, not_: str, send: Send) -> None:
    """What a route does not take is not recommended there."""
    text = send("POST", path, content=NO_PHOTOS["a PDF"], headers=FORM).text
    assert says in text
    assert not_ not in text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/nope", 404), ("PUT", "/classify", 405), ("POST", "/labels", 405)],
)
def test_what_is_no_route_is_said_first(method: str, path: str, status: int, send: Send) -> None:
    """Whatever body comes with it."""
    answer = send(method, path, content=NO_PHOTOS["a PDF"], headers=FORM)
    assert answer.status_code == status
