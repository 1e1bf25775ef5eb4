"""A client that has said all it had to say: does it still wait for its answer, or has it gone?

Both begin with the same sign, the end of its stream. An interim response tells them apart: the
machine of a client that has gone refuses it, and the socket has an error.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import Callable

PAUSES = (0.05, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0)  # seconds: to the first probe, then after each
PROBE = b"HTTP/1.1 100 Continue\r\n\r\n"  # a client has to skip any number of them


class Probing:
    """Probes a client while `may_probe` says so, and calls `gone` where it has gone."""

    def __init__(
        self,
        transport: asyncio.Transport,
        may_probe: Callable[[], bool],
        gone: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._may_probe = may_probe
        self._gone = gone
        self._pauses = itertools.chain(PAUSES, itertools.repeat(PAUSES[-1]))
        self._later(self._probe)  # most answers are there before

    def _probe(self) -> None:
        if self._transport.is_closing() or not self._may_probe():
            return
        self._transport.write(PROBE)
        self._later(self._look)

    def _look(self) -> None:
        if not self._transport.is_closing() and _has_gone(self._transport):
            self._gone()
        self._probe()

    def _later(self, step: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(next(self._pauses), step)


def _has_gone(transport: asyncio.Transport) -> bool:
    connection = transport.get_extra_info("socket")
    return bool(connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
