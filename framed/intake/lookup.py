"""What this machine knows of a host: the addresses of a name, and which addresses are its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from ipaddress import IPv4Address, ip_address

from framed.intake.addresses import Address

LOOKUPS = 8  # at the same time; a slow name server must not hold the threads of all others
_ANY_PORT = 9  # nothing is sent there


async def look_up(name: str) -> Sequence[Address]:
    """Every address of `name`, of both families, in the order in which to try them.

    Raises OSError where the name has none.
    """
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_lookups(), _addresses, name)


@cache
def _lookups() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(LOOKUPS, thread_name_prefix="lookup")


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
