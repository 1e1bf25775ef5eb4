"""Names and addresses of this machine."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address
from typing import Any

import pytest

from framed.intake.lookup import is_own, look_up


def test_every_address_of_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of both families, each once, in the order of the answer; the name goes as it stands."""
    asked: list[Any] = []

    def answers(host: bytes, port: None, **kinds: Any) -> list[tuple[Any, ...]]:
        asked.append((host, port, kinds))
        places = [("::1", 0, 0, 0), ("10.0.0.1", 0), ("10.0.0.1", 0), ("fe80::1%1", 0, 0, 1)]
        return [(0, 0, 0, "", place) for place in places]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    found = asyncio.run(look_up("photos.example"))
    assert [str(each) for each in found] == ["::1", "10.0.0.1", "fe80::1%1"]
    assert asked == [(b"photos.example", None, {"type": socket.SOCK_STREAM})]


def test_a_real_name() -> None:
    """This machine's own name of loopback."""
    assert ip_address("127.0.0.1") in asyncio.run(look_up("localhost"))


def test_an_unknown_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal of the system comes through."""

    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror("unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(OSError, match="unknown"):
        asyncio.run(look_up("unknown.example"))


def test_own_addresses() -> None:
    """Those on which this machine answers itself."""
    assert is_own(ip_address("127.0.0.1"))
    assert not is_own(ip_address("93.184.216.34"))
    assert not is_own(ip_address("2606:4700::1"))
