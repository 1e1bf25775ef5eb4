"""A bounded load on a server: so many clients, so many requests, and what became of each.

aiohttp, because httpx starves some of its own connections when many of them are busy.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

SECONDS = 60.0  # a request without an answer after that is a failure
BOUNDARY = "framed-load"


@dataclass(frozen=True)
class Ask:
    """One request; `name` says which asks must be answered alike."""

    name: str
    path: str
    body: bytes = b""
    content_type: str = ""
    method: str = "POST"


@dataclass(frozen=True)
class Reply:
    """What became of one ask: `status` 0 and a `fault` where no HTTP answer came."""

    ask: Ask
    status: int
    body: Any
    headers: dict[str, str]
    seconds: float
    fault: str = ""

    @property
    def code(self) -> str | None:
        """The word of the one error shape, or of PhotoPrism's; None where it has another shape."""
        error = self.body.get("error") if isinstance(self.body, dict) else None
        if isinstance(error, str) and {"id", "code", "error_code", "request_id"} <= set(self.body):
            return str(self.body["error_code"])
        if not isinstance(error, dict) or not {"code", "message", "request_id"} <= set(error):
            return None
        return str(error["code"])


@dataclass
class Load:
    """Clients that keep their connections from one `send` to the next."""

    url: str
    session: aiohttp.ClientSession
    opened: list[float] = field(default_factory=list)  # when each connection was made

    async def send(self, asks: Iterable[Ask], clients: int) -> list[Reply]:
        """Send all `asks`, `clients` at a time, and return a reply for each."""
        waiting, replies = iter(asks), []

        async def client() -> None:
            for ask in waiting:  # shared: each ask goes to whoever is free
                replies.append(await self.one(ask))

        await asyncio.gather(*(client() for _ in range(clients)))
        return replies

    async def one(self, ask: Ask) -> Reply:
        """Send one ask; never raises for what the server or the connection does."""
        start = time.perf_counter()
        try:
            async with self.session.request(
                ask.method,
                self.url + ask.path,
                data=ask.body or None,
                headers={"Content-Type": ask.content_type} if ask.body else {},
            ) as answer:
                text = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as lost:
            return Reply(ask, 0, None, {}, time.perf_counter() - start, repr(lost))
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(ask, answer.status, read(text), headers, time.perf_counter() - start)


@asynccontextmanager
async def load_on(url: str, connections: int) -> AsyncIterator[Load]:
    """Clients of `url` with at most `connections` open connections, kept while idle."""
    load = Load(url, None)  # type: ignore[arg-type]  # set below: the trace writes into it
    trace = aiohttp.TraceConfig()

    async def made(*_: Any) -> None:
        load.opened.append(time.monotonic())

    trace.on_connection_create_end.append(made)
    connector = aiohttp.TCPConnector(limit=connections, keepalive_timeout=120)
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, trace_configs=[trace]
    ) as load.session:
        yield load


def raw(name: str, path: str, photo: bytes) -> Ask:
    """A photo as the whole body."""
    return Ask(name, path, photo, "image/jpeg")


def upload(name: str, path: str, field_name: str, photo: bytes, **fields: str) -> Ask:
    """A photo as a file part of a form, beside text fields."""
    head = f'Content-Disposition: form-data; name="{field_name}"; filename="photo.jpg"'
    parts = [f"{head}\r\nContent-Type: image/jpeg\r\n\r\n".encode() + photo]
    parts += [
        f'Content-Disposition: form-data; name="{key}"\r\n\r\n{value}'.encode()
        for key, value in fields.items()
    ]
    mark = f"--{BOUNDARY}".encode()
    body = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
    return Ask(name, path, body, f"multipart/form-data; boundary={BOUNDARY}")


def as_json(name: str, path: str, value: Any) -> Ask:
    """A JSON body."""
    return Ask(name, path, json.dumps(value).encode(), "application/json")


def failures(replies: Sequence[Reply]) -> Counter[tuple[str, int, str | None, str]]:
    """How often which ask was not answered 200, and with what."""
    return Counter(
        (reply.ask.name, reply.status, reply.code, reply.fault)
        for reply in replies
        if reply.status != 200
    )


def percentile(replies: Sequence[Reply], share: float) -> float:
    """The seconds within which `share` (0..1) of the replies had come."""
    seconds = sorted(reply.seconds for reply in replies)
    return seconds[min(len(seconds) - 1, int(share * len(seconds)))]


def differences(one: Any, other: Any, tolerance: float, at: str = "") -> list[str]:
    """Where two answers differ: numbers by more than `tolerance`, anything else at all."""
    if _is_number(one) and _is_number(other):
        return [] if abs(one - other) <= tolerance else [f"{at}: {one} != {other}"]
    if isinstance(one, dict) and isinstance(other, dict) and list(one) == list(other):
        pairs = [(str(key), one[key], other[key]) for key in one if key != "request_id"]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(str(place), *pair) for place, pair in enumerate(zip(one, other, strict=True))]
    else:
        return [] if one == other else [f"{at}: {one!r} != {other!r}"]
    return [found for key, a, b in pairs for found in differences(a, b, tolerance, f"{at}/{key}")]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def read(text: bytes) -> Any:
    """The value of a JSON answer, or the text of another."""
    try:
        return json.loads(text)
    except ValueError:
        return text.decode("utf-8", errors="replace")
