"""Forms of both encodings: the same fields, and bounds on all that they cost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.datastructures import UploadFile
from starlette.requests import Request

from framed.errors import Code, FramedError
from framed.routes.context import KEY, Context
from framed.routes.forms import MAX_FIELDS, read_form
from framed.routes.limits import MANY_FILES
from framed.routes.place import Place
from framed.routes.room import Room
from framed.settings import MIB
from tests.routes.talking import pieces, scope_of

MULTIPART = "multipart/form-data; boundary=b"
URLENCODED = "application/x-www-form-urlencoded"
HEAD = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n'
FILE_NAME = b'; filename="a"'


def form_of(body: bytes, kind: str = MULTIPART, room: Room | None = None) -> list[tuple[str, Any]]:
    """The items of a form that comes in pieces of 100,000 bytes; files are read and closed."""
    context = Context("rid", place=Place(room or Room()))
    scope = scope_of(method="POST", headers={"Content-Type": kind})
    cut = [body[start : start + 100_000] for start in range(0, len(body), 100_000)]
    incoming = pieces(*cut)

    async def receive() -> Any:
        return incoming.pop(0)

    async def read(value: Any) -> Any:
        if not isinstance(value, UploadFile):
            return value
        data = await value.read()
        await value.close()
        return data

    async def scenario() -> list[tuple[str, Any]]:
        request = Request({**scope, "state": {KEY: context}}, receive)
        items = await read_form(request, kind.split("/")[1].split(";")[0].split("-")[-1], 64 * 1024)
        found = [(name, await read(value)) for name, value in items]
        await context.close()
        return found

    return asyncio.run(scenario())


def form(**parts: bytes) -> bytes:
    """A multipart body of files."""
    heads = {name: HEAD % (name.encode(), FILE_NAME) for name in parts}
    return b"".join(heads[name] + data + b"\r\n" for name, data in parts.items()) + b"--b--\r\n"


def test_urlencoded_fields() -> None:
    """Repeated and empty ones too, in the order in which they came."""
    read = form_of(b"a=1&b=%22x+y%22&a=2&empty=&alone&umlaut=%C3%A4", URLENCODED)
    assert read == [
        ("a", "1"),
        ("b", '"x y"'),
        ("a", "2"),
        ("empty", ""),
        ("alone", ""),
        ("umlaut", "ä"),
    ]


@pytest.mark.parametrize(
    ("charset", "sent"),
    [("", "ä".encode()), ("; charset=UTF-8", "ä".encode()), ("; charset=iso-8859-1", b"\xe4")],
)
def test_the_charset_of_a_form(charset: str, sent: bytes) -> None:
    """UTF-8 where none is said; names and texts are read in it."""
    body = HEAD % (sent, b"") + sent + b"\r\n--b--\r\n"
    assert form_of(body, MULTIPART + charset) == [("ä", "ä")]


def test_a_charset_is_refused_before_anything_is_read() -> None:
    """So no text ever comes to its codec."""

    async def receive() -> Any:
        raise AssertionError("the body was asked for")

    kind = f"{MULTIPART}; charset=utf-7"
    scope = scope_of(method="POST", headers={"Content-Type": kind})
    request = Request({**scope, "state": {KEY: Context("rid")}}, receive)
    with pytest.raises(FramedError, match="utf-7") as refused:
        asyncio.run(read_form(request, "multipart", 1024))
    assert refused.value.code is Code.INVALID_BODY


@pytest.mark.parametrize("room", [0, 128 * MIB])
def test_files_are_whole_with_and_without_room(room: int) -> None:
    """And what they took in memory is given back."""
    files = {"one": bytes(range(256)) * 3000, "two": b"x", "three": b"\r\n--" * 50_000}
    left = Room(room)
    assert form_of(form(**files), room=left) == list(files.items())
    assert left.is_empty


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"a=1&" * (MAX_FIELDS + 1), URLENCODED, "Too many fields"),
        (b"a=" + b"x" * 70_000, URLENCODED, "holds more than"),
        (form(**{f"f{n}": b"x" for n in range(MANY_FILES + 1)}), MULTIPART, "Too many files"),
        (form(file=b"\r\n--bX" * 10_000), MULTIPART, "boundary"),
        (b"\r\n" * 100_000, MULTIPART, "belongs to no part"),
        (form(file=b"x") + b"x" * 200_000, MULTIPART, "belongs to no part"),
        ((HEAD % (b"a", b"") + b"x" * 60_000 + b"\r\n") * 100, MULTIPART, "too much together"),
        (b"x", "multipart/form-data", "oundary"),
    ],
    ids=["fields", "a text", "files", "false ends", "before", "after", "texts", "no boundary"],
)
def test_what_costs_too_much_is_refused(body: bytes, kind: str, words: str) -> None:
    """With what was too much, and without reading on."""
    room = Room(2 * MIB)
    with pytest.raises(FramedError, match=words) as refused:
        form_of(body, kind, room)
    assert refused.value.code is Code.INVALID_BODY
