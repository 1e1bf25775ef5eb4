"""`/v1/embeddings` over fake runners."""

from __future__ import annotations

import base64
import json
import threading
from typing import Any

import numpy as np
import pytest

from tests.fakes import FakeEngine
from tests.logs import Written
from tests.photos import GREEN, RED, jpeg
from tests.routes.conftest import Send, Serve
from tests.web import PAGES, photo_server

PATH = "/v1/embeddings"


def uri(colour: tuple[int, int, int]) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg(colour)).decode()}"


def rows(answer: Any) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert [each["index"] for each in data] == list(range(len(data)))
    return np.array([each["embedding"] for each in data], np.float32)


def test_texts_and_photos_stand_where_they_were_sent(send: Send) -> None:
    """Each input's own vector, whatever came between."""
    texts = FakeEngine().encode_texts(["sea", "dog"])
    found = rows(send("POST", PATH, json={"input": ["sea", uri(GREEN), "dog", uri(RED)]}))
    np.testing.assert_array_equal(found[[0, 2]], texts)
    assert found[[1, 3]].argmax(axis=1).tolist() == [1, 0]


def test_photos_in_every_dress(send: Send) -> None:
    """With `modality`, bare base64 is a photo too, and the same one."""
    bare = uri(RED).partition(",")[2]
    found = rows(send("POST", PATH, json={"input": [uri(RED), bare], "modality": "image"}))
    np.testing.assert_array_equal(found[0], found[1])


def test_both_encodings_hold_the_same_numbers(send: Send) -> None:
    """Bit for bit."""
    plain = rows(send("POST", PATH, json={"input": "sea"}))
    packed = send("POST", PATH, json={"input": "sea", "encoding_format": "base64"}).json()
    read = np.frombuffer(base64.b64decode(packed["data"][0]["embedding"]), "<f4")
    np.testing.assert_array_equal(read, plain[0])


def test_fewer_dimensions(send: Send) -> None:
    """Unit length again; more than there are is refused before anything is encoded."""
    found = rows(send("POST", PATH, json={"input": "sea", "dimensions": 2}))
    assert found.shape == (1, 2)
    assert np.linalg.norm(found) == pytest.approx(1.0)
    refused = send("POST", PATH, json={"input": "data:image/png;base64,!", "dimensions": 4})
    assert "dimensions=4" in refused.json()["error"]["message"]


def test_who_answered(send: Send) -> None:
    """Model, revision and preprocessing in the body and in the headers."""
    answer = send("POST", PATH, json={"input": "sea", "model": "alias"})
    body = answer.json()
    assert (body["object"], body["model"]) == ("list", "framed/fake")
    assert body["preprocessing"] == answer.headers["x-preprocessing"]
    assert body["revision"] == answer.headers["x-model-revision"]


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"input": "sea", "model": "text-embedding-3-small"}, 404, "unknown_model"),
        ({"input": [[1, 2]]}, 400, "invalid_parameter"),
        ({}, 400, "invalid_parameter"),
        ({"input": "data:image/png;base64,!"}, 400, "invalid_base64"),
        ({"input": ["a", " "]}, 400, "invalid_parameter"),
        ({"input": "\ud800"}, 400, "invalid_parameter"),
        ({"input": "/etc/passwd", "modality": "image"}, 400, "invalid_base64"),
        ({"input": "http://127.0.0.1:1/a.jpg", "modality": "image"}, 400, "forbidden_url"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_refusals(given: dict[str, Any], status: int, code: str, send: Send) -> None:
    """In the one shape, which OpenAI's clients show."""
    answer = send("POST", PATH, content=json.dumps(given))
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_of_several_inputs_the_bad_one_is_named(send: Send) -> None:
    """By its place, in words and in data; alone it needs none."""
    bad = "data:image/png;base64,!"
    error = send("POST", PATH, json={"input": ["sea", uri(RED), bad]}).json()["error"]
    assert error["message"].startswith("Input 3 of ")
    assert error["details"]["index"] == 2
    assert "place" not in send("POST", PATH, json={"input": bad}).json()["error"]["message"]


@pytest.mark.parametrize("before", [["a text"], ["a text", "b text", uri(RED)]])
def test_a_photo_that_cannot_be_decoded_is_named_by_its_place(
    before: list[str], send: Send
) -> None:
    """Its place in `input`, whatever stands there before it."""
    bad = f"data:image/jpeg;base64,{base64.b64encode(b'x' * 99).decode()}"
    error = send("POST", PATH, json={"input": [*before, bad, "after", bad]}).json()["error"]
    assert error["message"].startswith(f"Input {len(before) + 1} of ")
    assert (error["code"], error["details"]["index"]) == ("not_an_image", len(before))


def test_addresses_are_fetched_at_the_same_time(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each photo waits at its server until all of them are asked for; the order is kept."""
    meeting = threading.Barrier(3)

    def waits(about: str) -> Any:
        meeting.wait(20)
        return PAGES["photo.jpg"](about)

    monkeypatch.setitem(PAGES, "waits", waits)  # type: ignore[arg-type]  # a dict, typed as less
    send = serve(url_input="on", url_private_hosts=("localhost",), url_deadline=20.0)
    with photo_server() as web:
        addresses = [f"{web.url}/waits?{n}" for n in range(3)]
        given = [addresses[0], uri(GREEN), *addresses[1:]]
        found = rows(send("POST", PATH, json={"input": given, "modality": "image"}))
    assert found.argmax(axis=1).tolist() == [0, 1, 0, 0]


def test_of_several_addresses_the_first_bad_one_is_named(serve: Serve) -> None:
    """By place, not by time."""
    send = serve(url_input="on", url_private_hosts=("localhost",), url_deadline=20.0)
    with photo_server() as web:
        given = [f"{web.url}/{name}" for name in ("photo.jpg", "failing", "photo.jpg", "page")]
        answer = send("POST", PATH, json={"input": given, "modality": "image"})
    error = answer.json()["error"]
    assert error["message"].startswith("Input 2 of ")
    assert (error["code"], error["details"]["index"]) == ("fetch_failed", 1)


def test_without_v1(send: Send) -> None:
    """The same route."""
    np.testing.assert_array_equal(
        rows(send("POST", "/embeddings", json={"input": "sea"})),
        rows(send("POST", PATH, json={"input": "sea"})),
    )


def test_objects_and_chats(send: Send) -> None:
    """Jina's and vLLM's, the same vectors as of OpenAI's."""
    plain = rows(send("POST", PATH, json={"input": ["sea", uri(GREEN)]}))
    bare = uri(GREEN).partition(",")[2]
    found = rows(send("POST", PATH, json={"input": [{"text": "sea"}, {"image": bare}]}))
    np.testing.assert_array_equal(found, plain)
    part = {"type": "image_url", "image_url": {"url": uri(GREEN)}}
    chat = {"messages": [{"role": "user", "content": [part]}]}
    np.testing.assert_array_equal(rows(send("POST", PATH, json=chat)), plain[1:])


def test_addresses_in_objects_are_guarded(send: Send) -> None:
    """They are fetched only where the operator allows it."""
    for given in (
        {"input": [{"image": "http://127.0.0.1:1/a.jpg"}]},
        {"messages": [{"content": [{"image_url": {"url": "http://127.0.0.1:1/a.jpg"}}]}]},
    ):
        answer = send("POST", PATH, json=given)
        assert answer.json()["error"]["code"] == "forbidden_url"


def test_the_good_inputs_are_answered_where_that_is_asked_for(send: Send) -> None:
    """An error in the place of each bad one: no photo, no base64, no text, nothing known."""
    broken = f"data:image/jpeg;base64,{base64.b64encode(b'x' * 99).decode()}"
    given = ["sea", broken, "data:image/png;base64,!", " ", {"pdf": "x"}, uri(RED)]
    for asked in ("null", None):
        answer = send("POST", PATH, content=json.dumps({"input": given, "on_error": asked}))
        data = answer.json()["data"]
        codes = [each.get("error", {}).get("code") for each in data]
        assert codes == [None, "not_an_image", "invalid_base64", *["invalid_parameter"] * 2, None]
        assert [each["embedding"] is None for each in data] == [bool(code) for code in codes]
        assert [each["index"] for each in data] == list(range(6))
    assert send("POST", PATH, json={"input": given}).status_code == 400


def test_a_long_text_is_read_in_part(send: Send) -> None:
    """With a remark, in the body and in a header."""
    answer = send("POST", PATH, json={"input": ["sea", "a long caption " * 60_000]})
    assert rows(answer).shape == (2, 3)
    assert [each["index"] for each in answer.json()["remarks"]] == [1]
    assert answer.headers["x-remark"].startswith("1 of 2 texts")
    assert "remarks" not in send("POST", PATH, json={"input": "sea"}).json()


def test_the_operator_chooses_the_model(serve: Serve) -> None:
    """`FRAMED_EMBED_MODEL` answers where the request names none."""
    send = serve(embed_model="other")
    assert send("POST", PATH, json={"input": "sea"}).status_code == 404
    assert send("POST", PATH, json={"input": "sea", "model": "fake"}).status_code == 200


def test_the_log_line(send: Send, written: Written) -> None:
    """How many texts and photos, and none of their content."""
    send("POST", PATH, json={"input": ["a secret", uri(RED)]})
    line = written.lines()[-1]
    assert (line["texts"], line["photos"], line["model"]) == (1, 1, "framed/fake")
    assert "a secret" not in written.getvalue()
