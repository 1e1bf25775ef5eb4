"""Who may ask, and who may change something."""

from __future__ import annotations

import ipaddress
import re
from typing import Literal
from urllib.parse import urlsplit

from starlette.requests import Request

from framed.errors import Code, FramedError

_FORWARDED = (  # what proxies say of the caller, as far as they say anything
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "fastly-client-ip",
)
_HOST = re.compile(r"(?P<name>localhost|\[[0-9a-f:.]+\]|[0-9.]+)(:[0-9]{1,5})?", re.IGNORECASE)


def check_private(request: Request, private: bool) -> None:
    """Raise `forbidden` where the server is `private` and the caller is not on this machine."""
    if private and not is_own_machine(request):
        raise FramedError(
            Code.FORBIDDEN, "This server answers callers on its own machine only (PRIVATE=True)."
        )


def check_may_reload(request: Request, who: Literal["loopback", "on", "off"]) -> None:
    """Raise `forbidden` unless `who` lets this caller reload.

    "loopback" means a caller on this machine: not one that a proxy speaks for, and not a web page
    of another origin in a browser on this machine, under whatever name it found its way here.
    """
    if who == "on":
        return
    if who == "off":
        raise FramedError(Code.FORBIDDEN, "Reloading is off (FRAMED_RELOAD=off).")
    if not is_own_machine(request) or _is_foreign_page(request):
        raise FramedError(
            Code.FORBIDDEN,
            "Only callers on the same machine may reload; FRAMED_RELOAD=on lets others.",
        )


def is_own_machine(request: Request) -> bool:
    """Whether the caller is on this machine, speaks for itself, and calls it by a loopback name.

    A proxy on this machine speaks for callers anywhere, if it says so: one that adds no header
    cannot be told from them. A page whose own name resolves to this machine comes from anywhere
    too.
    """
    forwarded = any(name in request.headers for name in _FORWARDED)
    return (
        not forwarded and _is_loopback(request) and _is_loopback_name(request.headers.get("host"))
    )


def _is_loopback(request: Request) -> bool:
    return request.client is not None and _is_loopback_address(request.client.host)


def _is_loopback_name(host: str | None) -> bool:
    """A page of a foreign name that resolves to this machine says its own name as the host."""
    if host is None:  # of no browser
        return True
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = found["name"].lower()
    return name == "localhost" or _is_loopback_address(name.strip("[]"))


def _is_loopback_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _is_foreign_page(request: Request) -> bool:
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")
