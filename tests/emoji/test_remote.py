"""Another service's emoji: whatever that service does, requests neither wait nor fail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from framed.emoji.remote import FRESH, MOST_BYTES, RETRY, RemoteEmoji

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]
PATIENCE = 5.0


def reply(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


def saying(data: bytes) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return answer


async def silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def dripping(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


@dataclass
class Service:
    """A host whose answer may change; counts who asked for what."""

    answer: Answer
    port: int = 0
    asked: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(head.split(b" ")[1].decode())
            await self.answer(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(answer: Answer) -> AsyncIterator[Service]:
    service = Service(answer)
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    service.port = server.sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.close()


def good(**mapping: object) -> Answer:
    return saying(reply(json.dumps(mapping).encode()))


class Clock:
    """A clock that stands still until it is set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


async def settled(remote: RemoteEmoji) -> dict[str, str]:
    """The mapping once the fetch that a look may begin has ended."""
    remote.mapping()
    if (task := remote._fetching) is not None:
        await task
    return dict(remote.mapping())


def test_a_mapping_is_fetched_once() -> None:
    """The first look begins the fetch and does not wait; later ones find it, for an hour."""

    async def scenario() -> None:
        async with listening(good(Widget="🧰", bird="🐦")) as service:
            clock = Clock()
            remote = RemoteEmoji("127.0.0.1", service.port, PATIENCE, clock=clock)
            assert remote.mapping() == {}
            assert await settled(remote) == {"widget": "🧰", "bird": "🐦"}
            clock.now += FRESH - 1
            await settled(remote)
            assert service.asked == ["/emoji_mappings.json"]
            clock.now += 2
            service.answer = good(bird="🦅")
            assert await settled(remote) == {"bird": "🦅"}
            assert len(service.asked) == 2

    asyncio.run(scenario())


def test_looks_at_the_same_time_fetch_once() -> None:
    """A hundred requests cost that service one."""

    async def scenario() -> None:
        async with listening(good(bird="🐦")) as service:
            remote = RemoteEmoji("127.0.0.1", service.port, PATIENCE)
            for _ in range(100):
                remote.mapping()
                await asyncio.sleep(0)
            await settled(remote)
            assert len(service.asked) == 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "answer",
    [
        saying(b"garbage\r\n\r\n"),
        saying(b""),
        saying(reply(b"<html>")),
        saying(reply(b"[]")),
        saying(reply(b"\xff\xfe")),
        saying(reply(b"[" * 100_000)),
        saying(reply(b"{}", "404 Not Found")),
        saying(reply(b"{}", "500 Oops")),
        saying(reply(b"", "302 Found", "Location: http://127.0.0.1:1/emoji_mappings.json")),
        saying(reply(b"{}", "200 OK", "Content-Encoding: gzip")),
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}"),
        endless,
    ],
    ids=[
        "no http",
        "nothing",
        "html",
        "list",
        "no text",
        "deep",
        "404",
        "500",
        "redirect",
        "gzip",
        "cut off",
        "endless",
    ],
)
def test_a_bad_answer_is_no_mapping(answer: Answer) -> None:
    """It is asked again after a minute, and what it said before holds meanwhile."""

    async def scenario() -> None:
        async with listening(answer) as service:
            clock = Clock()
            remote = RemoteEmoji("127.0.0.1", service.port, PATIENCE, clock=clock)
            assert await settled(remote) == {}
            clock.now += RETRY - 1
            assert await settled(remote) == {}
            assert len(service.asked) == 1
            clock.now += 2
            service.answer = good(bird="🐦")
            assert await settled(remote) == {"bird": "🐦"}
            clock.now += FRESH + 1
            service.answer = answer
            assert await settled(remote) == {"bird": "🐦"}

    asyncio.run(scenario())


@pytest.mark.parametrize("answer", [silence, dripping])
def test_a_slow_host_is_given_up(answer: Answer) -> None:
    """The timeout counts from the first byte to the last."""

    async def scenario() -> None:
        async with listening(answer) as service:
            remote = RemoteEmoji("127.0.0.1", service.port, 0.05)
            assert await settled(remote) == {}

    asyncio.run(scenario())


@pytest.mark.parametrize("host", ["127.0.0.1", "no.such.host.invalid", "a b/c", "", "::1"])
def test_a_dead_or_impossible_host_is_no_error(host: str) -> None:
    """Nobody listens, or there is no such name."""

    async def scenario() -> None:
        assert await settled(RemoteEmoji(host, 1, PATIENCE)) == {}

    asyncio.run(scenario())


def test_entries_that_are_no_emoji_are_passed_over() -> None:
    """One bad entry does not cost the good ones."""

    async def scenario() -> None:
        answer = good(bird="🐦", word="bird", two="🐦🐦", number=3, nothing=None)
        async with listening(answer) as service:
            remote = RemoteEmoji("127.0.0.1", service.port, PATIENCE)
            assert await settled(remote) == {"bird": "🐦"}

    asyncio.run(scenario())


def test_a_large_answer_is_not_read_to_its_end() -> None:
    """One byte more than allowed is refused."""

    async def scenario() -> None:
        body = json.dumps({"bird": "🐦"}).encode()
        async with listening(saying(reply(body.ljust(MOST_BYTES)))) as service:
            remote = RemoteEmoji("127.0.0.1", service.port, PATIENCE)
            assert await settled(remote) == {"bird": "🐦"}
            service.answer = saying(reply(body.ljust(MOST_BYTES + 1)))
            other = RemoteEmoji("127.0.0.1", service.port, PATIENCE)
            assert await settled(other) == {}

    asyncio.run(scenario())


def test_no_proxy_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The configured host is asked itself."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async def scenario() -> None:
        async with listening(good(bird="🐦")) as service:
            remote = RemoteEmoji("127.0.0.1", service.port, PATIENCE)
            assert await settled(remote) == {"bird": "🐦"}

    asyncio.run(scenario())


def test_another_loop_begins_anew() -> None:
    """A fetch that its loop did not live to end does not stand in the way."""

    async def left(remote: RemoteEmoji) -> None:
        remote.mapping()

    async def scenario(remote: RemoteEmoji) -> None:
        assert await settled(remote) == {}

    remote = RemoteEmoji("127.0.0.1", 1, PATIENCE)
    asyncio.run(left(remote))
    asyncio.run(scenario(remote))
