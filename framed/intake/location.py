"""A web address taken apart in one strict way: what is odd is refused, not guessed at.

Browsers, resolvers and HTTP clients read odd spellings differently; here a text either has one
plain reading or none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import PurePosixPath
from urllib.parse import unquote

import httpx
import idna

from framed.intake.addresses import Address

_LONGEST = 4096
_LONGEST_HOST = 253
_ENDS = " \t\r\n"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_FORM = re.compile(
    r"(?P<scheme>https?)://(?P<authority>[^/?#\\@\s]+)(?P<target>(?:[/?][^#]*)?)(?:#.*)?", re.I
)
_AUTHORITY = re.compile(
    r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<host>[^\[\]:]+))(?::(?P<port>[1-9][0-9]{0,4}))?", re.I
)
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ENDS_IN_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_PORTS = {"http": 80, "https": 443}
_LONGEST_NAME = 255


@dataclass(frozen=True)
class Location:
    """Where a photo lies: `host` is an address, or a name in lower-case ASCII without last dot."""

    url: httpx.URL
    host: Address | str
    port: int

    @property
    def host_header(self) -> str:
        """The host as the server asked for it; the port where it is not the scheme's own."""
        host = f"[{self.host}]" if isinstance(self.host, IPv6Address) else str(self.host)
        return host if self.port == _PORTS[self.url.scheme] else f"{host}:{self.port}"

    @property
    def file_name(self) -> str | None:
        """The last part of the path."""
        return PurePosixPath(unquote(self.url.path)).name[:_LONGEST_NAME] or None

    def at(self, address: Address) -> httpx.URL:
        """The same with its host replaced by one of its addresses."""
        return self.url.copy_with(host=str(address), port=self.port)


def read_location(text: str) -> Location | None:
    """The http or https address that `text` is, or None where it is none, or has an odd form.

    Odd are: credentials, spaces and control characters in the host, escapes there, ports out of
    1..65535, addresses in any other spelling than four decimal numbers or bracketed IPv6, zone
    identifiers, and names that are no DNS names. A fragment is dropped.
    """
    text = text.strip(_ENDS)
    if len(text) > _LONGEST or _CONTROL.search(text):
        return None
    form = _FORM.fullmatch(text)
    authority = _AUTHORITY.fullmatch(form["authority"]) if form else None
    if form is None or authority is None:
        return None
    scheme = form["scheme"].lower()
    host = _six(authority["six"]) if authority["six"] else canonical_host(authority["host"])
    port = int(authority["port"] or _PORTS[scheme])
    if host is None or port > 65_535:
        return None
    return _located(scheme, host, port, form["target"])


def _located(scheme: str, host: Address | str, port: int, target: str) -> Location | None:
    path, mark, query = target.partition("?")
    bracketed = f"[{host}]" if isinstance(host, IPv6Address) else str(host)
    try:
        url = httpx.URL(f"{scheme}://{bracketed}:{port}{path or '/'}{mark}{query}")
    except (httpx.InvalidURL, UnicodeError):  # half characters
        return None
    return Location(url, host, port)


def canonical_host(text: str) -> Address | str | None:
    """An IPv4 address in its one plain spelling, or a DNS name in ASCII; None for all else.

    A name in other letters becomes its IDNA form (UTS 46). What ends in a number and is no plain
    address is refused: resolvers take it for one (`127.1`, `0x7f.1`, `2130706433`, `017700000001`).
    """
    if len(text) > _LONGEST_HOST:
        return None
    plain = text.lower() if text.isascii() else _in_ascii(text)
    if plain == text and (four := _four(text)) is not None:
        return four
    name = plain.removesuffix(".")
    is_name = _NAME.fullmatch(name) and not _ENDS_IN_NUMBER.fullmatch(name)
    return name if is_name and len(name) <= _LONGEST_HOST else None


def _in_ascii(text: str) -> str:
    try:
        return idna.encode(text, uts46=True).decode().lower()
    except UnicodeError:
        return ""


def _four(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except ValueError:
        return None


def _six(text: str) -> IPv6Address | None:
    try:
        return IPv6Address(text)
    except ValueError:
        return None
