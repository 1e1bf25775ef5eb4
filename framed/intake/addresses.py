"""Which IP addresses a photo may be fetched from: the public ones, and no others by themselves."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Literal

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Kind = Literal["public", "private", "never"]

_PRIVATE: tuple[Network, ...] = tuple(
    ip_network(each)
    for each in (
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks; some proxies answer look-ups from it
        "::1/128",
        "fc00::/7",
    )
)
_NEVER: tuple[Network, ...] = tuple(
    ip_network(each)
    for each in (
        "0.0.0.0/8",  # "this network": reaches this machine
        "100.100.100.200/32",  # Alibaba Cloud's metadata
        "168.63.129.16/32",  # Azure's, at an address that looks public
        "169.254.0.0/16",  # link-local: everybody else's metadata
        "192.0.0.0/24",  # protocol assignments; Oracle Cloud's metadata
        "192.0.2.0/24",  # documentation, as the next two
        "198.51.100.0/24",
        "203.0.113.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "fd00:ec2::/32",  # AWS's metadata
        "fd20:ce::254/128",  # Google Cloud's
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: any IPv4 address inside
        "3ffe::/16",  # given back
        "3fff::/20",  # documentation
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = 0x0000_5EFE  # the upper half of such an interface identifier, but for two flag bits
_ISATAP_MASK = 0xFCFF_FFFF


def kind_of(address: Address) -> Kind:
    """Whether `address` is on the public internet, private, or fetched from in no case.

    Private is what an operator may allow: loopback, private and carrier networks. Never: what
    serves no photos (link-local with the clouds' metadata, multicast, reserved, unspecified) and
    IPv6 addresses with an IPv4 address inside, but for NAT64's well-known prefix with a public one.
    Source: the IANA special-purpose address registries, read in 2026.
    """
    if any(address in network for network in _NEVER):
        return "never"
    if any(address in network for network in _PRIVATE):
        return "private"
    return "public" if isinstance(address, IPv4Address) else _kind_of_six(address)


def _kind_of_six(address: IPv6Address) -> Kind:
    if address.scope_id is not None:
        return "never"
    if address in _NAT64:  # how every IPv4 host looks in a network that has IPv6 only
        inside = IPv4Address(int(address) & 0xFFFF_FFFF)
        return "public" if kind_of(inside) == "public" else "never"
    isatap = (int(address) >> 32) & _ISATAP_MASK == _ISATAP
    return "public" if address in _GLOBAL_UNICAST and not isatap else "never"
