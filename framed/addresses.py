"""IP addresses as a connection or a proxy states them."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
UNKNOWN = "unknown"
_SITE = 64  # bits that one subscriber of IPv6 has at least; the rest is theirs to vary


def address_of(text: str | None) -> Address | None:
    """The address that `text` is, an IPv4 one out of its IPv6 dress; None: it is none."""
    try:
        address = ip_address(text or "")
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def networks_of(entries: Iterable[str]) -> tuple[Network, ...]:
    """Addresses and networks as networks; raises `ValueError`."""
    return tuple(ip_network(entry, strict=False) for entry in entries)


def is_within(address: Address | None, networks: Iterable[Network]) -> bool:
    """Whether `address` lies in one of them."""
    return address is not None and any(address in network for network in networks)


def sender_name(address: Address | None) -> str:
    """Whom limits count as one sender: an IPv4 address, the /64 of an IPv6 one."""
    if address is None:
        return UNKNOWN
    if isinstance(address, IPv4Address):
        return str(address)
    site = IPv6Network((int(address) >> _SITE << _SITE, _SITE))
    return str(address) if address.is_loopback else str(site)
