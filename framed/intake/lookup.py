"""What this machine knows of a host: the addresses of a name, and which addresses are its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import Future
from functools import cache
from ipaddress import IPv4Address, ip_address
from threading import Lock, Thread

from framed.errors import Code, FramedError
from framed.intake.addresses import Address

LOOKUPS = 64  # at the same time; a slow name holds its thread long after its caller was refused
_ANY_PORT = 9  # nothing is sent there


async def look_up(name: str) -> Sequence[Address]:
    """Every address of `name`, of both families, in the order in which to try them.

    Raises OSError where the name has none, and `overloaded` where `LOOKUPS` are under way.
    """
    return await _lookups().addresses(name)


@cache
def _lookups() -> Lookups:
    return Lookups(LOOKUPS)


class Lookups:
    """At most `most` look-ups at a time, one a name, for callers of any thread and event loop.

    Each has a daemon thread of its own: the system's look-up cannot be broken off, and the threads
    of an executor would be waited for at the end of the process.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._under_way: dict[str, Future[list[Address]]] = {}

    async def addresses(self, name: str) -> Sequence[Address]:
        """What `look_up` promises; who asks for a name that is under way shares the look-up."""
        return await asyncio.wrap_future(self._shared(name))

    def _shared(self, name: str) -> Future[list[Address]]:
        with self._lock:
            if name not in self._under_way:
                self._under_way[name] = self._started(name)
            return self._under_way[name]

    def _started(self, name: str) -> Future[list[Address]]:
        if len(self._under_way) >= self._most:
            raise _too_many()
        promise: Future[list[Address]] = Future()
        promise.set_running_or_notify_cancel()  # so that no caller who leaves cancels it for others
        try:
            Thread(target=self._fulfil, args=(name, promise), name="lookup", daemon=True).start()
        except RuntimeError:  # the system has no thread left
            raise _too_many() from None
        return promise

    def _fulfil(self, name: str, promise: Future[list[Address]]) -> None:
        try:
            found = _addresses(name)
        except Exception as failure:  # whatever it is, those who wait are told
            self._forget(name)
            promise.set_exception(failure)
        else:
            self._forget(name)
            promise.set_result(found)

    def _forget(self, name: str) -> None:
        with self._lock:
            del self._under_way[name]


def _too_many() -> FramedError:
    return FramedError(
        Code.OVERLOADED,
        "Too many hosts of photos are being looked up; try again shortly.",
        retry_after=1,
    )


def _addresses(name: str) -> list[Address]:
    found = socket.getaddrinfo(name.encode("ascii"), None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(place[0]) for *_, place in found))


def is_own(address: Address) -> bool:
    """Whether `address` is one of this machine; what listens there may count on a firewall."""
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), _ANY_PORT))  # of a datagram socket: only asks for a route
            return ip_address(probe.getsockname()[0]) == address
    except OSError:  # no route at all
        return False
