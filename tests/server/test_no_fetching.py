"""The real server fetches no address and opens no file that a request names, in whatever way."""

from __future__ import annotations

import asyncio
import ctypes
import http.client
import json
import os
import pickle
import shutil
import socket
import struct
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.server.load import BOUNDARY, Ask, Reply, as_json, load_on, read, upload
from tests.server.running import RunningServer

NO_HTTP = "Invalid HTTP request received."  # uvicorn's words: no application ever saw it
SECRET = "pelican-under-the-stairs"
CLIENTS = 8
IN_OPEN = 0x20  # of <sys/inotify.h>
IN_NONBLOCK = 0x800
REFUSED = {400, 403, 404, 405}
FILE_FIELDS = {"file", "image", "url", "path", "std_uri"}  # tried on routes that lack them, too
LABELS = ("/classify", "labels")  # a caller's own words, whatever they are
PICKLE = "application/vnd.bentoml+pickle"
SPELLINGS = (
    "{0}",
    "{0}/",
    "{0}//",
    "/{0}",
    "//{0}",
    "/.{0}",
    "/x/..{0}",
    "{0}/.",
    "{0}/../{1}",
    "{0};x",
    "{0};x=1?a=b",
    "{0}%2f",
    "/%2f{1}",
    "%2f{1}",
    "/%2e%2f{1}",
    "{0}%00",
    "{0}%20",
    "{0}%3fx",
    "{0}#x",
    "\\{1}",
    "{2}",  # the first letter as %XX
    "{3}",  # upper case
    "{4}",  # capitalised
    "http://127.0.0.1{0}",
    "http://user@localhost:1{0}",
    "{1}",
    "*",
)
METHODS = ("POST", "PUT", "PATCH", "DELETE", "GET", "HEAD", "OPTIONS")


class Opened:
    """Who opens a file directly below `folder`; on Linux, elsewhere nobody is seen."""

    def __init__(self, folder: Path) -> None:
        self._handle = -1
        if sys.platform != "linux":
            return
        libc = ctypes.CDLL(None, use_errno=True)
        self._handle = libc.inotify_init1(IN_NONBLOCK)
        assert libc.inotify_add_watch(self._handle, os.fsencode(folder), IN_OPEN) >= 0

    def names(self) -> list[str]:
        """The files opened since the last look."""
        with suppress(BlockingIOError):
            return [name for name in _names(os.read(self._handle, 2**16)) if name]
        return []

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)


@dataclass(frozen=True)
class Traps:
    """An address that nobody may call, and files that nobody may open."""

    listener: socket.socket
    text: Path
    photo: Path
    opened: Opened

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/x.jpg"

    def values(self) -> list[str]:
        """Every way to name them, and some words that are none of them."""
        port = self.listener.getsockname()[1]
        return [
            self.address,
            f"  HTTP://LOCALHOST:{port}/x.jpg",
            f"http://[::ffff:127.0.0.1]:{port}/",
            f"ftp://127.0.0.1:{port}/x.jpg",
            f"//127.0.0.1:{port}/x.jpg",
            f"data:image/jpeg;base64,{self.address}",
            f"data:text/uri-list,{self.address}",
            "http://[::1",
            str(self.text),
            str(self.photo),
            self.photo.as_uri(),
            f"file:{self.text}",
            f"file://localhost{self.photo}",
            os.path.relpath(self.photo, Path("/")),
            f"../../../../../../../..{self.photo}",
            "data:text/plain;base64,aGVsbG8=",
        ]

    def common(self) -> list[str]:
        """The plainest of them."""
        return [self.address, str(self.text), str(self.photo), self.photo.as_uri()]

    def called(self) -> bool:
        """Whether anybody connected since the last look."""
        try:
            self.listener.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def untouched(self) -> bool:
        return not self.called() and not self.opened.names()


@pytest.fixture
def traps(tmp_path: Path, sample: Path) -> Iterator[Traps]:
    folder = tmp_path / "canaries"
    folder.mkdir()
    text, photo = folder / "secret.txt", folder / "photo.jpg"
    text.write_text(SECRET)
    photo.write_bytes(sample.read_bytes() + SECRET.encode())  # a JPEG's end may have a tail
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        listener.setblocking(False)
        opened = Opened(folder)
        yield Traps(listener, text, photo, opened)
        opened.close()


@pytest.fixture(scope="session")
def fields(server: RunningServer) -> dict[str, set[str]]:
    """Route -> the names of all of its fields and parameters, from both descriptions."""
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        schema, opened = client.get("/schema.json").json(), client.get("/openapi.json").json()
    found: dict[str, set[str]] = {}
    for route in schema["routes"]:
        found.setdefault(route["route"], set()).update(route["input"].get("properties", {}))
    for path, methods in opened["paths"].items():
        for operation in methods.values():
            found.setdefault(path, set()).update(_described(operation))
    return found


def test_traps_catch(traps: Traps):
    """The traps of these tests do catch what falls into them."""
    assert traps.untouched()
    with suppress(OSError):
        urllib.request.urlopen(traps.address, timeout=0.2)
    assert traps.called()
    assert traps.photo.read_bytes()
    assert traps.opened.names() == ["photo.jpg"] or sys.platform != "linux"
    assert traps.untouched()


def test_every_route_is_tried(fields: dict[str, set[str]]):
    """The descriptions name the routes and the fields that take photos."""
    assert {"/classify", "/features", "/encode_image", "/encode_text", "/reload"} <= set(fields)
    assert {"file", "image", "bank", "labels"} <= fields["/classify"]
    assert {"files", "artifacts"} <= fields["/features"]


def _as_json(path: str, field: str, value: str) -> list[Ask]:
    nested = [value, [value], {"url": value, "path": value, "std_uri": value}]
    return [as_json(field, path, {field: each}) for each in nested]


def _as_whole_json(path: str, field: str, value: str) -> list[Ask]:
    return [as_json(field, path, each) for each in (value, [value], [{field: value}])]


def _as_query(path: str, field: str, value: str) -> list[Ask]:
    target = f"{path}?{urlencode({field: value})}"
    return [Ask(field, target), Ask(field, target, method="GET")]


def _as_form(path: str, field: str, value: str) -> list[Ask]:
    kind = "application/x-www-form-urlencoded"
    return [
        Ask(field, path, urlencode({field: each}).encode(), kind)
        for each in (value, json.dumps(value), json.dumps([value]))
    ]


def _as_multipart(path: str, field: str, value: str) -> list[Ask]:
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return [
        Ask(field, path, _text_part(field, each), kind)
        for each in (value, json.dumps(value), json.dumps([value]))
    ]


def _as_file_name(path: str, field: str, value: str) -> list[Ask]:
    name = value.replace('"', "")
    body = _part(f'name="{field}"; filename="{name}"\r\nContent-Type: image/jpeg', value)
    return [Ask(field, path, body, f"multipart/form-data; boundary={BOUNDARY}")]


def _as_body(path: str, field: str, value: str) -> list[Ask]:
    kinds = ("image/jpeg", "application/octet-stream", "text/uri-list")
    return [Ask(field, path, value.encode(), kind) for kind in kinds]


@pytest.mark.parametrize(
    "write",
    [_as_json, _as_whole_json, _as_query, _as_form, _as_multipart, _as_file_name, _as_body],
    ids=lambda write: write.__name__.removeprefix("_as_"),
)
def test_texts_are_not_followed(server: RunningServer, traps: Traps, fields, write):
    """An address or a path in any field of any route is neither fetched nor opened."""
    asks = [
        ask
        for path in sorted(fields)
        for field in sorted(fields[path] | FILE_FIELDS)
        for value in (traps.values() if write is _as_json else traps.common())
        for ask in write(path, field, value)
    ]
    asks = list({(ask.method, ask.path, ask.body, ask.content_type): ask for ask in asks}.values())
    replies = asyncio.run(_send(server.url, asks))
    assert [fault for reply in replies for fault in _faults(reply)][:10] == []
    assert traps.untouched()


def test_texts_beside_a_photo_are_not_followed(server: RunningServer, traps: Traps, fields, sample):
    """The same with a good photo in the same request: a text there is a word, or an error."""
    photo = sample.read_bytes()
    asks = [
        upload(field, path, file_field, photo, **{field: value})
        for path, file_field in (("/classify", "file"), ("/features", "files"))
        for field in sorted(fields[path])
        for value in (traps.address, str(traps.photo), traps.photo.as_uri())
    ]
    replies = asyncio.run(_send(server.url, asks))
    replies = [reply for reply in replies if (reply.ask.path, reply.ask.name) != LABELS]
    assert [fault for reply in replies for fault in _faults(reply)][:10] == []
    assert traps.untouched()


@pytest.mark.parametrize("path", ["/classify", "/features", "/encode_image", "/reload"])
def test_spelling_of_the_path_opens_nothing(server: RunningServer, traps: Traps, path: str):
    """However the path is spelled and whatever the method, no text is followed."""
    bodies = [*_bodies_in_every_way(traps), *((method, b"", "") for method in METHODS)]
    replies = [
        _exactly(server, method, _spelled(spelling, path), body, kind)
        for spelling in SPELLINGS
        for method, body, kind in bodies
    ]
    assert [fault for reply in replies for fault in _faults(reply, path)][:10] == []
    assert traps.untouched()


def test_pickles_are_not_opened(server: RunningServer, fields, tmp_path: Path):
    """A pickle is refused on every route: what it would do is not done."""
    marker, control = tmp_path / "ran", tmp_path / "control"
    pickle.loads(pickle.dumps(_Maker(str(control))))
    assert control.is_dir()
    payload = pickle.dumps(_Maker(str(marker)))
    routes = [*fields, "/", "/rank", "/encode_texts", "/bank", "/describe", "/measure"]
    kinds = (PICKLE, f"{PICKLE}; charset=utf-8", "application/octet-stream", "application/json")
    asks = [Ask("pickle", path, payload, kind) for path in routes for kind in kinds]
    replies = asyncio.run(_send(server.url, asks))
    replies += [
        _exactly(server, "POST", _spelled(spelling, path), payload, PICKLE)
        for path in ("/classify", "/features", "/encode_image", "/reload", "/describe")
        for spelling in SPELLINGS
    ]
    answered = [reply.ask.path for reply in replies if reply.status not in REFUSED]
    assert answered[:10] == []
    assert [fault for reply in replies for fault in _faults(reply)][:10] == []
    assert not marker.exists()


@dataclass(frozen=True)
class Below:
    """A folder below one of the server's roots, and the canaries outside of them."""

    root: Path
    folder: Path
    outside: Path

    def relative(self, name: str) -> str:
        return str((self.folder / name).relative_to(self.root))


@pytest.fixture
def below(roots: Path, traps: Traps, sample: Path) -> Iterator[Below]:
    folder = roots / "below a root"
    folder.mkdir()
    shutil.copy(sample, folder / "photo one.jpg")
    (folder / "inner").symlink_to(folder / "photo one.jpg")
    (folder / "link.jpg").symlink_to(traps.photo)
    (folder / "far").symlink_to(traps.photo.parent)
    (folder / "chain").symlink_to(folder / "link.jpg")
    (folder / "zero").symlink_to("/dev/zero")
    (folder / "loop").symlink_to(folder / "loop")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.path.relpath(folder / "socket"))  # the whole name may be too long for one
        yield Below(roots, folder, traps.photo)
    shutil.rmtree(folder)


def test_paths_below_a_root_are_read(server: RunningServer, below: Below):
    """A photo below a root is read by relative and absolute path, file: URI and inner link."""
    photo = below.folder / "photo one.jpg"
    names = (str(photo), photo.as_uri(), below.relative("photo one.jpg"), below.relative("inner"))
    items = _features(server, names)
    assert [item["error"] for item in items if "error" in item] == []
    digests = {item["features"]["detail"]["photo"]["sha256"] for item in items}
    assert len(digests) == 1


def test_paths_out_of_the_roots_are_refused(server: RunningServer, traps: Traps, below: Below):
    """Links and dots that lead out, pipes, folders and devices get the one `forbidden_path`."""
    inside = [
        *("link.jpg", "far/photo.jpg", "far/secret.txt", "far", "chain", "zero", "loop"),
        *("pipe", "socket", ".", "", "missing.jpg", "photo one.jpg/x", "x" * 300, "x/" * 3000),
        *("\0", "photo one.jpg\0.png", "\ud800", "*.jpg", "%2e%2e/photo.jpg"),
        os.path.relpath(below.outside, below.folder),
    ]
    names = [
        *(str(below.folder / name) for name in inside),
        *(below.relative(name) for name in inside if name not in (".", "")),
        *(str(below.outside), below.outside.as_uri(), str(below.root), f"{below.root}x/photo.jpg"),
        *("/dev/zero", "/dev/stdin", "/proc/self/environ", "/etc/passwd"),
        *("~/.ssh/id_rsa", "/", "."),
        f"file://elsewhere{below.outside}",
        f"{below.root}/..{below.outside}",
    ]
    items = _features(server, names)
    said = {json.dumps(item["error"], sort_keys=True) for item in items}
    assert {json.loads(each)["code"] for each in said} == {"forbidden_path"}
    assert len(said) == 1  # the same words whether or not something is there
    assert not any(SECRET in json.dumps(item) for item in items)
    assert traps.untouched()


def test_refusal_does_not_tell_what_exists(server: RunningServer, below: Below):
    """Outside the roots an existing file, a missing one and a folder are answered alike."""
    there, absent = below.outside, below.outside.with_name("absent.jpg")
    items = _features(server, (str(there), str(absent), str(there.parent)))
    assert len({json.dumps(item["error"]) for item in items}) == 1


class _Maker:
    """Makes a folder when it is unpickled."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.name,)


async def _send(url: str, asks: list[Ask]) -> list[Reply]:
    async with load_on(url, CLIENTS) as load:
        return await load.send(asks, CLIENTS)


def _faults(reply: Reply, route: str | None = None) -> list[str]:
    """What is wrong with the answer to a request that named a trap; `route`, if spelled oddly."""
    ask, said = reply.ask, json.dumps(reply.body)
    shaped = reply.code or ask.method == "HEAD" or reply.body == NO_HTTP
    if SECRET not in said and reply.status in REFUSED and shaped:
        return []
    if (ask.method, reply.status, reply.body) == (
        "OPTIONS",
        204,
        "",
    ):  # names the methods there are
        return []
    if SECRET not in said and reply.status == 200 and _may_be_answered(reply, route):
        return []
    at = f"{ask.method} {ask.path} {ask.content_type} {ask.body[:120]!r}"
    return [f"{at}: {reply.status} {said[:300]} {reply.fault}"]


WORDS = {"/encode_text": b"texts", "/v1/embeddings": b"input", "/embeddings": b"input"}


def _may_be_answered(reply: Reply, route: str | None) -> bool:
    ask = reply.ask
    route = route or ask.path.partition("?")[0]
    if ask.method == "GET":  # pages that ignore what they do not know
        return route != "/labels"
    if route in WORDS:  # words are words
        return WORDS[route] in ask.body
    if route in ("/reload", "/reload-labels"):  # names no bank: all are read again
        return ask.content_type != "application/json"
    return route == "/features" and all(map(_refused_item, _items(reply.body)))


def _items(body: Any) -> list[dict[str, Any]]:
    listed = body.get("artifacts", [body])
    return listed if isinstance(listed, list) else [listed]


def _refused_item(item: dict[str, Any]) -> bool:
    return item["features"] is None and item["error"]["code"] != "internal"


def _features(server: RunningServer, names: Any) -> list[dict[str, Any]]:
    body = json.dumps({"artifacts": [{"std_uri": name} for name in names]})
    answer = httpx.post(
        f"{server.url}/features",
        content=body,
        headers={"Content-Type": "application/json"},
        timeout=60,
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["artifacts"]
    assert len(items) == len(names)
    return items


def _described(operation: dict[str, Any]) -> set[str]:
    names = {each["name"] for each in operation.get("parameters", ())}
    for content in operation.get("requestBody", {}).get("content", {}).values():
        names |= set(content["schema"].get("properties", {}))
    return names


def _bodies_in_every_way(traps: Traps) -> list[tuple[str, bytes, str]]:
    """POSTs with each file field filled by an address or a path, in all the ways to write it."""
    asks = [
        write("", field, value)[0]
        for value in (traps.address, str(traps.photo))
        for field in ("file", "files", "image")
        for write in (_as_json, _as_form, _as_multipart)
    ]
    return [(ask.method, ask.body, ask.content_type) for ask in asks]


def _spelled(spelling: str, path: str) -> str:
    bare = path.strip("/")
    percent = f"/%{ord(bare[0]):02x}{bare[1:]}"
    return spelling.format(path, bare, percent, path.upper(), f"/{bare.capitalize()}")


def _exactly(server: RunningServer, method: str, target: str, body: bytes, kind: str) -> Reply:
    """Send a request whose target is what is written here; clients would tidy it."""
    start = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        connection.putheader("Content-Type", kind or "text/plain")
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    ask = Ask(target, target, body, kind, method)
    return Reply(ask, answer.status, read(text), {}, time.perf_counter() - start)


def _text_part(field: str, value: str) -> bytes:
    return _part(f'name="{field}"', value)


def _part(head: str, value: str) -> bytes:
    part = f"Content-Disposition: form-data; {head}\r\n\r\n{value}"
    return f"--{BOUNDARY}\r\n{part}\r\n--{BOUNDARY}--\r\n".encode()


def _names(events: bytes) -> Iterator[str]:
    at, head = 0, struct.calcsize("iIII")
    while at < len(events):
        length = struct.unpack_from("iIII", events, at)[3]
        yield events[at + head : at + head + length].rstrip(b"\0").decode()
        at += head + length
