"""What proxies say of the request that they pass on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers

from framed.addresses import Address, Network, address_of, is_within
from framed.sub_path import sub_path_of

_SPOKEN_FOR = {  # what proxies say of the caller, as far as they say anything
    b"forwarded",
    b"via",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-port",
    b"x-forwarded-prefix",
    b"x-forwarded-proto",
    b"x-forwarded-server",
    b"x-real-ip",
    b"x-client-ip",
    b"x-cluster-client-ip",
    b"true-client-ip",
    b"cf-connecting-ip",
    b"fastly-client-ip",
}
_PART = re.compile(r'\s*([!#$%&\'*+.^_`|~\w-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;,"\s]*)\s*([;,]|$)')
_WITH_PORT = re.compile(r"\[([^\]]*)\](?::\d+)?|([^:]+):\d+")
_SCHEMES = ("http", "https")


@dataclass(frozen=True)
class Forwarded:
    """The client, and the host and scheme that it used; None where nothing is said of it. `prefix`
    is the path below which the proxy serves this server, empty where it is none."""

    client: Address | None
    host: str | None
    scheme: str | None
    prefix: str = ""


def is_forwarded(headers: Headers) -> bool:
    """Whether a proxy says that it speaks for somebody."""
    return any(name in _SPOKEN_FOR for name, _ in headers.raw)


def forwarded_by(peer: Address, headers: Headers, trusted: Sequence[Network]) -> Forwarded:
    """What the trusted proxy `peer` says.

    The client is the nearest address that is no trusted proxy's: what stands further left, anybody
    may have written. Where the two kinds of headers disagree, one of them is not the proxy's, and
    the client is the proxy itself.
    """
    parts = _parts(",".join(headers.getlist("forwarded")))
    chains = [
        [value for name, value in parts if name == "for"],
        _list_of(headers, "x-forwarded-for"),
    ]
    found = {_nearest(peer, chain, trusted) for chain in chains if chain}
    hosts = _list_of(headers, "x-forwarded-host") or _last(parts, "host")
    schemes = _list_of(headers, "x-forwarded-proto") or _last(parts, "proto")
    scheme = schemes[-1].lower() if schemes else None
    prefixes = _list_of(headers, "x-forwarded-prefix")
    return Forwarded(
        found.pop() if len(found) == 1 else peer,
        hosts[-1] if hosts else None,
        scheme if scheme in _SCHEMES else None,
        sub_path_of(prefixes[-1]) or "" if prefixes else "",
    )


def _nearest(peer: Address, chain: Sequence[str], trusted: Sequence[Network]) -> Address:
    client = peer
    for stated in reversed(chain):
        address = address_of(_without_port(stated))
        if address is None or not is_within(client, trusted):
            break
        client = address
    return client


def _without_port(text: str) -> str:
    found = _WITH_PORT.fullmatch(text)
    return text if found is None else found[1] or found[2] or ""


def _list_of(headers: Headers, name: str) -> list[str]:
    words = ",".join(headers.getlist(name)).split(",")
    return [word.strip() for word in words if word.strip()]


def _parts(text: str) -> list[tuple[str, str]]:
    """Names, in lower case, and values of a `Forwarded` field (RFC 7239).

    Of a field that cannot be read to its end nothing is believed: its last part is the proxy's.
    """
    parts, place = [], 0
    while (found := _PART.match(text, place)) is not None:
        value = found[2]
        unquoted = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
        parts.append((found[1].lower(), unquoted))
        place = found.end()
    return parts if not text[place:].strip() else [("for", "")]


def _last(parts: Sequence[tuple[str, str]], wanted: str) -> list[str]:
    return [value for name, value in parts if name == wanted][-1:]
