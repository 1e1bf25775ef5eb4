"""Clients that send at a rate of their own, whatever the server answers, and cost little.

Each has a connection of its own and one request on it at a time; bytes are made beforehand and of
an answer only status and end are read, as what the clients use is not there for the server.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_ANSWER_S = 60.0


@dataclass
class Flood:
    """What came of it: (status, seconds) of each answer, 0 where the connection was lost.

    `cpu` are the seconds of CPU that the clients themselves used, `wall` those until the last
    request was sent.
    """

    answers: list[tuple[int, float]] = field(default_factory=list)
    without_retry_after: int = 0
    wall: float = 0.0
    cpu: float = 0.0

    def count(self, status: int) -> int:
        """Answers with this status."""
        return sum(each == status for each, _ in self.answers)

    def seconds(self, status: int) -> list[float]:
        """How long the answers with this status took, ascending."""
        return sorted(seconds for each, seconds in self.answers if each == status)


class Senders:
    """POST requests of raw JPEG bodies to `path` of the server at `url`.

    They come from the address `sender` of this machine; None: from the usual one.
    """

    def __init__(
        self, url: str, path: str, jpegs: Sequence[bytes], sender: str | None = None
    ) -> None:
        address = urlsplit(url)
        self._from = (sender, 0) if sender else None
        self._host, self._port = str(address.hostname), int(address.port or 80)
        self._requests = [_request(address.netloc, path, jpeg) for jpeg in jpegs]

    def send(self, clients: int, rate: float, seconds: float) -> Flood:
        """So many clients send `rate` requests a second between them, for so long."""
        flood, cpu = Flood(), time.process_time()
        asyncio.run(self._send(clients, rate, seconds, flood))
        flood.cpu = time.process_time() - cpu
        return flood

    async def _send(self, clients: int, rate: float, seconds: float, flood: Flood) -> None:
        start = time.perf_counter()
        every = clients / rate
        await asyncio.gather(
            *(
                self._client(start + number / rate, every, start + seconds, flood)
                for number in range(clients)
            )
        )

    async def _client(self, first: float, every: float, end: float, flood: Flood) -> None:
        connection: _Connection | None = None
        due, number = first, round(first * 1e6)
        while (due := max(due, time.perf_counter())) < end:
            await asyncio.sleep(due - time.perf_counter())
            if connection is None or connection.closed:
                connection = await self._connected()
            began = time.perf_counter()
            number += 1
            status, retry_after = await connection.ask(self._requests[number % len(self._requests)])
            flood.answers.append((status, time.perf_counter() - began))
            flood.without_retry_after += status == 503 and not retry_after
            flood.wall = max(flood.wall, time.perf_counter() - end + (end - first))
            due += every
        if connection is not None:
            connection.close()

    async def _connected(self) -> _Connection:
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(
                _Connection, self._host, self._port, local_addr=self._from
            )
        except OSError:
            return _Connection()  # its answers are 0
        return connection


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self.closed = False
        self._received = b""
        self._answer: asyncio.Future[tuple[int, bool]] | None = None
        self._transport: asyncio.Transport | None = None

    async def ask(self, request: bytes) -> tuple[int, bool]:
        """The answer's status, 0 where none came, and whether it says when to come again."""
        self._received = b""
        self._answer = asyncio.get_running_loop().create_future()
        if self._transport is None or self.closed:
            return 0, False
        self._transport.write(request)
        try:
            return await asyncio.wait_for(self._answer, _ANSWER_S)
        except TimeoutError:
            self.close()
            return 0, False

    def close(self) -> None:
        self.closed = True
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._settle(0, False)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, ended, body = self._received.partition(b"\r\n\r\n")
        if not ended:
            return
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        if len(body) >= length:
            if b"connection: close" in lines:
                self.close()
            retry_after = any(line.startswith(b"retry-after:") for line in lines)
            self._settle(int(lines[0].split()[1]), retry_after)

    def _settle(self, status: int, retry_after: bool) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((status, retry_after))


def _request(host: str, path: str, jpeg: bytes) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {host}",
        "Content-Type: image/jpeg",
        f"Content-Length: {len(jpeg)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + jpeg
