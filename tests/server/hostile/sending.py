"""Sends bytes on a connection of their own and reads what comes back."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse

from tests.server.hostile.request import HOST, Hostile

PATIENCE = 30.0  # seconds: a server that says nothing for so long hangs
UNENDED = 1.0  # what a request that never ends is given before its sender leaves


@dataclass(frozen=True)
class Answer:
    """`status` is 0 where the connection ended without an answer; `hung`: nothing came at all."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float
    hung: bool = False


def answer_to(asked: Hostile, port: int) -> Answer:
    """What the server on `port` says to `asked`."""
    started = time.perf_counter()
    status, headers, body, hung = _exchange(asked, port)
    return Answer(status, headers, body, time.perf_counter() - started, hung)


def _exchange(asked: Hostile, port: int) -> tuple[int, dict[str, str], bytes, bool]:
    wait = PATIENCE if asked.whole else UNENDED
    with socket.create_connection((HOST, port), timeout=wait) as connection:
        with suppress(OSError):  # refused in mid-body: the reason can still be read
            connection.sendall(asked.data)
        try:
            response = HTTPResponse(connection, method=asked.method)
            response.begin()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return response.status, headers, response.read(), False
        except TimeoutError:
            return 0, {}, b"", asked.whole
        except (HTTPException, OSError):
            return 0, {}, b"", False
