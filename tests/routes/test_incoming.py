"""A request's body: every dress of the same fields, and what is in the wrong place."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from framed.errors import Code, FramedError
from framed.routes.context import context_of
from framed.routes.incoming import Incoming, files_of, read_query, read_request
from framed.routes.limits import MANY_FILES
from framed.wires.body import write_json
from tests.routes.talking import request_of

KNOWN = ("text", "top_k", "labels", "bank", "value", "name", "file", "image", "x", "a", "b")
URL = "http://127.0.0.1/x"
FILE = ("a.jpg", b"photo")


def read(query: str = "", **parts: Any) -> Incoming:
    """What arrives of a request that httpx builds of `parts`."""

    async def scenario() -> Incoming:
        built = httpx.Request("POST", f"{URL}?{query}", **parts)
        request = request_of(built)
        incoming = await read_request(request, KNOWN, text_bytes=10_000)
        await context_of(request).close()
        return incoming

    return asyncio.run(scenario())


def refusal(query: str = "", **parts: Any) -> FramedError:
    with pytest.raises(FramedError) as refused:
        read(query, **parts)
    return refused.value


@pytest.mark.parametrize(
    "parts",
    [
        {"data": {"bank": "landmarks", "top_k": "3"}},
        {"data": {"bank": "landmarks", "top_k": "3"}, "files": {"file": FILE}},
        {"data": {"bank": '"landmarks"', "top_k": "3"}},
        {"data": {"bank": '"landmarks"', "top_k": "3"}, "files": {"file": FILE}},
        {"params": {"bank": "landmarks", "top_k": "3"}},
        {"params": {"bank": "landmarks", "top_k": "3"}, "content": b"raw"},
        {"params": {"bank": "landmarks"}, "data": {"top_k": "3"}},
    ],
    ids=["urlencoded", "multipart", "sdk", "sdk with a file", "query", "raw", "both"],
)
def test_text_fields_are_the_same_in_every_dress(parts: dict[str, Any]) -> None:
    """Query, forms of both kinds, and the client SDK's JSON-encoded strings."""
    assert read(**parts).fields == {"bank": "landmarks", "top_k": "3"}


def test_json_keeps_its_types() -> None:
    """A number in a JSON body is a number, a list a list; any +json type will do."""
    sent = {"top_k": 3, "labels": ["a"], "temperature": 0.5, "bank": "b"}
    assert read(json=sent).fields == sent
    headers = {"content-type": "Application/Vnd.api+JSON; charset=utf-8"}
    assert read(content=write_json(sent), headers=headers).kind == "json"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"a b"', "a b"),
        ('["a b", "c"]', ["a b", "c"]),
        ('{"a": "b"}', {"a": "b"}),
        ("3", "3"),
        ("1.50", "1.50"),
        ("true", "true"),
        ("a, b", "a, b"),
        ("[sic]", "[sic]"),
        ('"half', '"half'),
        ("NaN", "NaN"),
        ("", ""),
        ("été", "été"),
        ("[" * 2000, "[" * 2000),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_form_value_is_read_as_json_where_it_is_a_text_or_a_list(text: str, value: Any) -> None:
    """As the client SDK writes it; numbers and anything else stay the text they are."""
    assert read(data={"x": text}).fields == {"x": value}
    assert read(data={"x": text}, files={"file": FILE}).fields == {"x": value}


@pytest.mark.parametrize(
    "parts",
    [
        {"data": {"bank": "null"}},
        {"data": {"bank": "null"}, "files": {"f": FILE}},
        {"json": {"bank": None}},
    ],
    ids=["urlencoded", "multipart", "json"],
)
def test_null_means_not_given(parts: dict[str, Any]) -> None:
    """The SDK writes out every parameter that it knows."""
    assert read(**parts).fields == {}


def test_a_repeated_field_is_a_list() -> None:
    """In the query, in a form, in order; other fields stay single."""
    assert read("labels=a&labels=b&bank=x").fields == {"labels": ["a", "b"], "bank": "x"}
    assert read(data={"labels": ["a", "b"]}).fields == {"labels": ["a", "b"]}
    many = {"labels": [f"label {number}" for number in range(1000)]}
    assert read(data=many, files={"file": FILE}).fields == many


@pytest.mark.parametrize(
    "parts",
    [
        {"data": {"top_k": "3"}},
        {"data": {"top_k": "3"}, "files": {"file": FILE}},
        {"json": {"top_k": 3}},
    ],
    ids=["urlencoded", "multipart", "json"],
)
def test_a_parameter_in_two_places_is_refused(parts: dict[str, Any]) -> None:
    """Which of the two was meant is not for us to guess, even where they agree."""
    twice = refusal("top_k=3", **parts)
    assert twice.code is Code.INVALID_PARAMETER
    assert "top_k" in twice.message


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"null"])
def test_json_must_be_an_object(body: bytes) -> None:
    """Parameters have names."""
    headers = {"content-type": "application/json"}
    assert refusal(content=body, headers=headers).code is Code.INVALID_BODY
    assert refusal(content=b"{", headers=headers).code is Code.INVALID_JSON
    assert refusal(content=b"", headers=headers).code is Code.INVALID_JSON


def test_a_raw_body_is_kept_whole() -> None:
    """With the type that it was declared as, or none."""
    incoming = read(content=b"\xff\xd8raw", headers={"content-type": "image/jpeg"})
    assert (incoming.kind, incoming.raw) == ("raw", b"\xff\xd8raw")
    assert incoming.content_type == "image/jpeg"
    assert read(content=b"x").content_type == ""


def test_files_and_fields_are_apart() -> None:
    """A part with a file name is a file, one without is a field."""
    incoming = read(data={"bank": "b"}, files=[("file", FILE), ("file", ("b.jpg", b"two"))])
    assert [(name, part.filename) for name, part in incoming.files] == [
        ("file", "a.jpg"),
        ("file", "b.jpg"),
    ]
    assert incoming.without("bank") == {}


@pytest.mark.parametrize(
    "parts",
    [
        {
            "content": b"--y\r\nbroken",
            "headers": {"content-type": "multipart/form-data; boundary=x"},
        },
        {"content": b"no boundary", "headers": {"content-type": "multipart/form-data"}},
        {"files": [("files", FILE)] * (MANY_FILES + 1)},
        {"data": {"image": "x" * 20_000}, "files": {"file": FILE}},
    ],
    ids=["broken", "no boundary", "too many files", "too long a text"],
)
def test_a_broken_form_is_refused(parts: dict[str, Any]) -> None:
    """In the one shape, with what is wrong with it."""
    with pytest.raises(FramedError, match="cannot be read") as refused:
        read(**parts)
    assert refused.value.code is Code.INVALID_BODY


def test_the_query_alone() -> None:
    """For routes without a body."""
    built = httpx.Request("GET", f"{URL}?bank=a%20b&x=1&x=2")
    assert asyncio.run(read_query(request_of(built))) == {"bank": "a b", "x": ["1", "2"]}


@pytest.mark.parametrize("query", ["a=%ff", "%fe=1", "a=caf%e9"])
def test_a_query_that_is_not_utf8_is_refused(query: str) -> None:
    """Whatever was meant, it is not the sign that would stand there instead."""
    assert refusal(query).code is Code.INVALID_PARAMETER


def test_the_files_of_a_field() -> None:
    """All parts of it, in order."""
    incoming = read(files=[("file", FILE), ("file", ("b.jpg", b"two"))])
    assert [part.filename for part in files_of(incoming, "file")] == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize(
    ("parts", "most", "code", "words"),
    [
        ({"data": {"x": "1"}}, 9, Code.NO_PHOTO, "'file'"),
        ({"data": {"file": "http://a/b.jpg"}}, 9, Code.NO_PHOTO, "neither fetched nor opened"),
        ({"json": {"file": "/etc/passwd"}}, 9, Code.NO_PHOTO, "neither fetched nor opened"),
        ({"files": {"fil": FILE}}, 9, Code.INVALID_PARAMETER, "send it in"),
        ({"files": {"photo": FILE}}, 9, Code.INVALID_PARAMETER, "send it in 'file'"),
        ({"files": [("file", FILE), ("more", FILE)]}, 9, Code.INVALID_PARAMETER, "'more'"),
        ({"files": [("file", FILE)] * 2}, 1, Code.INVALID_PARAMETER, "not several"),
    ],
    ids=["none", "a url", "a path", "a slip", "elsewhere", "also elsewhere", "several"],
)
def test_files_that_are_not_where_they_belong(
    parts: dict[str, Any], most: int, code: Code, words: str
) -> None:
    """No file, text in its place, another field, or more than one: said each in its words."""
    with pytest.raises(FramedError, match=words) as refused:
        files_of(read(**parts), "file", most)
    assert refused.value.code is code
