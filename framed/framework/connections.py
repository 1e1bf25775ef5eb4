"""Who is connected: how many in all and from one address, who is idle longest, who stands still."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from framed.addresses import Network, address_of, is_within, sender_name

TICK_SECONDS = 1.0
LINGERING = 16  # connections that are only there so that a refusal gets read


@dataclass(frozen=True)
class Bounds:
    """Most connections in all and from one client, and seconds to stand still.

    `head_seconds` are for a request's head to be whole, `write_seconds` for a client to take
    something of its response. Clients in `exempt` are counted in the whole only.
    """

    total: int
    per_client: int
    head_seconds: float = 20.0
    write_seconds: float = 30.0
    exempt: Sequence[Network] = ()


class Connection(Protocol):
    """What is asked of a connection here."""

    def check(self, now: float) -> None:
        """End it where it has stood still for too long at `now`, by the loop's clock."""

    def drop(self) -> None:
        """End it at once."""


class Connections:
    """The open connections of one listening process; all calls come from its event loop."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self._open: dict[Connection, str] = {}
        self._of_client: Counter[str] = Counter()
        self._idle: dict[Connection, None] = {}  # in the order in which they became idle
        self._receiving: dict[Connection, None] = {}
        self._lingering: dict[Connection, None] = {}
        self._ticking = False

    def __len__(self) -> int:
        return len(self._open)

    def admit(self, connection: Connection, host: str) -> bool:
        """Count a new connection; to have room for it, the longest idle one is ended, and where all
        are busy, the one whose body has been coming the longest.

        False, and not counted, where there is none to end.
        """
        client = client_of(host, self.bounds.exempt)
        if not self._make_room(client):
            return False
        self._open[connection] = client
        self._idle[connection] = None
        self._of_client[client] += 1
        self._start_ticking()
        return True

    def leave(self, connection: Connection) -> None:
        """A connection is over; one that is not counted any more is no fault."""
        self._idle.pop(connection, None)
        self._receiving.pop(connection, None)
        self._lingering.pop(connection, None)
        client = self._open.pop(connection, None)
        if client is None:
            return
        self._of_client[client] -= 1
        if not self._of_client[client]:
            del self._of_client[client]

    def busy(self, connection: Connection) -> None:
        """A request of it is being worked on."""
        self._idle.pop(connection, None)

    def receiving(self, connection: Connection) -> None:
        """The body of a request is to come."""
        self._receiving[connection] = None

    def received(self, connection: Connection) -> None:
        """The body is there."""
        self._receiving.pop(connection, None)

    def idle(self, connection: Connection) -> None:
        """All its requests have their answers."""
        if connection in self._open:
            self._idle[connection] = None

    def linger(self, connection: Connection) -> None:
        """It was refused, and stays a moment so that its sender can read why."""
        self.leave(connection)
        self._lingering[connection] = None
        if len(self._lingering) > LINGERING:
            self._end(next(iter(self._lingering)))

    def _make_room(self, client: str) -> bool:
        if client and self._of_client[client] >= self.bounds.per_client:
            return self._end_first(each for each in self._idle if self._open[each] == client)
        if len(self._open) >= self.bounds.total:
            return self._end_first(chain(self._idle, self._receiving))
        return True

    def _end_first(self, candidates: Iterator[Connection]) -> bool:
        longest = next(candidates, None)
        if longest is not None:
            self._end(longest)
        return longest is not None

    def _end(self, connection: Connection) -> None:
        self.leave(connection)
        connection.drop()

    def _start_ticking(self) -> None:
        if not self._ticking:
            self._ticking = True
            asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)

    def _tick(self) -> None:
        now = asyncio.get_running_loop().time()
        for connection in list(self._open):
            connection.check(now)
        self._ticking = False
        if self._open:
            self._start_ticking()


def client_of(host: str, exempt: Sequence[Network] = ()) -> str:
    """Who shares a limit: an IPv4 address, or the /64 of an IPv6 one; empty where `exempt`."""
    address = address_of(host)
    return "" if is_within(address, exempt) else sender_name(address)
