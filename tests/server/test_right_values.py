"""Odd but readable requests are answered rightly, unreadable ones are told what is wrong."""

from __future__ import annotations

import base64
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.running import RunningServer

AS_JSON = {"content-type": "application/json"}
JPEG = {"content-type": "image/jpeg"}


@pytest.fixture(scope="module")
def photo(sample: Path) -> bytes:
    return sample.read_bytes()


@pytest.fixture(scope="module")
def right(client: httpx.Client, photo: bytes) -> list[str]:
    """The labels of the photo, as they are when nothing about the request is odd."""
    return labels_of(client.post("/classify", content=photo, headers=JPEG))


def labels_of(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["label"] for each in answer.json()["results"]]


@pytest.mark.parametrize(
    "content_type",
    [
        b"image/jpeg; charset=utf-16",
        b"IMAGE/JPEG;;;",
        b"image/png",
        b"image/\xff",
        b"application/octet-stream",
        b"",
    ],
)
def test_a_photo_is_read_whatever_kind_of_picture_it_is_said_to_be(
    client: httpx.Client, photo: bytes, right: list[str], content_type: bytes
) -> None:
    """What lies in the body decides."""
    answer = client.post("/classify", content=photo, headers={"content-type": content_type})
    assert labels_of(answer) == right


@pytest.mark.parametrize(
    "filename", [b"", b"../../etc/passwd", b"a\xff\xfe.jpg", b"a;b.jpg", b"n" * 3000]
)
def test_a_file_s_name_changes_nothing(
    client: httpx.Client, photo: bytes, right: list[str], filename: bytes
) -> None:
    """Whatever bytes it is of."""
    head = b'--a\r\nContent-Disposition: form-data; name="file"; filename="' + filename + b'"'
    body = head + b"\r\n\r\n" + photo + b"\r\n--a--\r\n"
    kind = {"content-type": "multipart/form-data; boundary=a"}
    assert labels_of(client.post("/classify", content=body, headers=kind)) == right


@pytest.mark.parametrize("query", ["top_k=%20%203%20", "top_k=3&", "&&top_k=3", "top_k=%33"])
def test_a_query_is_read_as_browsers_write_it(
    client: httpx.Client, photo: bytes, right: list[str], query: str
) -> None:
    """Blanks, empty pairs and escapes are no part of a value."""
    assert labels_of(client.post(f"/classify?{query}", content=photo, headers=JPEG)) == right[:3]


@pytest.mark.parametrize("query", ["labels=%ff&labels=b", "bank=caf%e9", "%fe=1"])
def test_a_query_that_is_not_utf8_is_refused(
    client: httpx.Client, photo: bytes, query: str
) -> None:
    """Another text in its place would be answered as if it had been asked for."""
    answer = client.post(f"/classify?{query}", content=photo, headers=JPEG)
    assert answer.json()["error"]["code"] == "invalid_parameter"
    assert "UTF-8" in answer.json()["error"]["message"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1"])
def test_json_that_is_not_utf8_is_refused(client: httpx.Client, encoding: str) -> None:
    """Whatever charset is declared; with the place and what to do."""
    kind = {"content-type": f"application/json; charset={encoding}"}
    answer = client.post("/encode_text", content='{"texts": ["é"]}'.encode(encoding), headers=kind)
    assert answer.json()["error"]["code"] == "invalid_json"
    assert "send JSON as UTF-8" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("asked", "used"), [("9" * 390, 10), ("-" + "9" * 390, 1), ("0", 1), ("10", 10)]
)
def test_numbers_of_any_size_are_held_within_what_is_possible(
    client: httpx.Client, photo: bytes, asked: str, used: int
) -> None:
    """And the answer says so."""
    image = base64.b64encode(photo).decode()
    body = f'{{"image": "{image}", "top_k": {asked}}}'
    answer = client.post("/classify", content=body, headers=AS_JSON).json()
    assert answer["top_k"] == len(answer["results"]) == used
    assert bool(answer["adjusted"]) == (str(used) != asked)


@pytest.mark.parametrize("temperature", ["1e-320", "1e-45", "100"])
def test_probabilities_are_numbers_at_every_temperature(
    client: httpx.Client, photo: bytes, right: list[str], temperature: str
) -> None:
    """The smallest leave one label, and the order stays."""
    params = {"temperature": temperature}
    answer = client.post("/classify", content=photo, headers=JPEG, params=params)
    assert labels_of(answer) == right
    assert 0 <= sum(each["prob"] for each in answer.json()["results"]) <= 1 + 1e-6


@pytest.mark.parametrize("labels", [["a\0b", "c"], ["\u202eright to left", "\U0001f600"]])
def test_labels_come_back_letter_for_letter(
    client: httpx.Client, photo: bytes, labels: list[str]
) -> None:
    """NUL, directions and signs beyond the first plane included."""
    image = base64.b64encode(photo).decode()
    answer = client.post("/classify", json={"image": image, "labels": labels})
    assert set(labels_of(answer)) == set(labels)


@pytest.mark.parametrize(("count", "length"), [(1000, 12), (40, 500)])
def test_as_many_labels_and_as_long_ones_as_may_be_are_answered(
    client: httpx.Client, photo: bytes, count: int, length: int
) -> None:
    """Each is held against the photo."""
    labels = [f"{number:04} ".ljust(length, "x") for number in range(count)]
    image = base64.b64encode(photo).decode()
    answer = client.post("/classify", json={"image": image, "labels": labels, "top_k": 1})
    assert labels_of(answer)[0] in labels
    assert answer.json()["scores"].keys() == set(labels)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/classify", [("top_k", "2"), ("top_k", "2")]),
        ("/features", [("decode", "exact"), ("decode", "exact")]),
        ("/classify", [("model", "mini"), ("model", "mini")]),
    ],
)
def test_a_parameter_twice_is_refused_by_its_name(
    client: httpx.Client, photo: bytes, path: str, params: list[Any]
) -> None:
    """Even where both say the same."""
    answer = client.post(path, content=photo, headers=JPEG, params=params)
    assert answer.json()["error"]["details"]["parameters"][0]["name"] == params[0][0]


def test_a_sender_that_waits_for_a_word_gets_it(
    server: RunningServer, photo: bytes, right: list[str]
) -> None:
    """`Expect: 100-continue`: the go-ahead first, then the answer."""
    head = f"POST /classify HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: image/jpeg"
    head += f"\r\nContent-Length: {len(photo)}\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as sender:
        sender.sendall(head.encode())
        assert sender.recv(100).startswith(b"HTTP/1.1 100")
        sender.sendall(photo)
        said = b"".join(iter(lambda: sender.recv(65_536), b""))
    assert said.startswith(b"HTTP/1.1 200")
    assert right[0].encode() in said


def test_a_packed_body_is_refused_as_packed(client: httpx.Client, photo: bytes) -> None:
    """Not as a broken picture."""
    headers = {**JPEG, "content-encoding": "gzip"}
    error = client.post("/classify", content=photo, headers=headers).json()["error"]
    assert error["code"] == "invalid_body"
    assert "Content-Encoding" in error["message"]


@pytest.mark.parametrize(
    ("path", "allowed"), [("/classify", "OPTIONS, POST"), ("/analyze", "GET, HEAD, OPTIONS, POST")]
)
def test_options_names_the_methods_there_are(client: httpx.Client, path: str, allowed: str) -> None:
    """So does the refusal of one that is not there."""
    asked, refused = client.options(path), client.delete(path)
    assert (asked.status_code, refused.status_code) == (204, 405)
    assert asked.headers["allow"] == refused.headers["allow"] == allowed
