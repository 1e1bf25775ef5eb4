"""Which request heads are clear: one that two readers could take for different requests is refused.

The parser refuses what breaks the grammar; these are the rules it leaves to the server.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import httptools

from framed.errors import Code, FramedError

Headers = Iterable[tuple[bytes, bytes]]
"""Names in lower case, with their values, as they came."""

_VERSIONS = ("1.0", "1.1")
_HOST = re.compile(rb"[A-Za-z0-9._~!$&'()*+;=:%\[\]-]*")
_DEFAULT_PORTS = {b"http": 80, b"https": 443}


def unclear(message: str) -> FramedError:
    """The refusal of a request that breaks the rules of HTTP."""
    return FramedError(Code.INVALID_HTTP, message)


def check_head(version: str, method: bytes, headers: Headers) -> bytes:
    """The `Host` of a request, empty where HTTP/1.0 sent none.

    Raises `invalid_http` for another version, for a tunnel, for a body in anything but one
    `chunked`, and for a host that is missing, doubled or no name.
    """
    if version not in _VERSIONS:
        raise unclear(f"HTTP/{version} is not spoken here; use HTTP/1.1.")
    if method == b"CONNECT":
        raise unclear("This server is no proxy; CONNECT is not for it.")
    hosts, codings = [], []
    for name, value in headers:
        if name == b"host":
            hosts.append(value)
        elif name == b"transfer-encoding":
            codings.append(value.lower())
    _check_codings(version, codings)
    return _host(version, hosts)


def _check_codings(version: str, codings: list[bytes]) -> None:
    if codings and (version == "1.0" or codings != [b"chunked"]):
        raise unclear("A body comes with Content-Length or as one Transfer-Encoding: chunked.")


def _host(version: str, hosts: list[bytes]) -> bytes:
    if not hosts and version == "1.0":
        return b""
    if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
        raise unclear("Send exactly one Host header, with a name or an address.")
    return hosts[0]


def target_of(url: bytes, host: bytes) -> tuple[bytes, bytes]:
    """Path and query of a request's target, as they were written.

    Raises `invalid_http` for a target that is none, that has a fragment, or that names another
    host than `host`.
    """
    try:
        parsed = httptools.parse_url(url)
    except httptools.HttpParserInvalidURLError:
        raise unclear("The target of the request is no path.") from None
    if parsed.fragment is not None or parsed.userinfo is not None:
        raise unclear("The target of the request is a path and a query, nothing else.")
    if parsed.host is not None and _address(parsed) != _address_of(host, parsed.schema):
        raise unclear("The target of the request names another host than the Host header.")
    return parsed.path or b"/", parsed.query or b""


def _address(parsed: Any) -> tuple[bytes, int | None]:
    port = parsed.port or _DEFAULT_PORTS.get(parsed.schema)
    return parsed.host.strip(b"[]").lower(), port


def _address_of(host: bytes, schema: bytes) -> tuple[bytes, int | None] | None:
    try:
        return _address(httptools.parse_url(schema + b"://" + host + b"/"))
    except httptools.HttpParserInvalidURLError:
        return None
