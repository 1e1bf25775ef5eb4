"""What an operator's settings admit, and what no setting does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from framed.errors import Code, FramedError
from framed.intake.addresses import Address
from framed.intake.guard import UrlGuard
from framed.intake.location import read_location
from tests.fakes import chosen

ANSWERS = {
    "photos.lan": ["10.0.0.5", "fd12::5"],
    "own.lan": ["127.0.0.1"],
    "public.example": ["93.184.216.34", "2606:4700::1"],
    "mixed.example": ["93.184.216.34", "10.0.0.5"],
    "meta.lan": ["169.254.169.254"],
    "xn--bcher-kva.lan": ["192.168.1.1"],
}


async def look_up(name: str) -> Sequence[Address]:
    if name not in ANSWERS:
        raise OSError("unknown name")
    return [ip_address(each) for each in ANSWERS[name]]


def admitted(url: str, *private_hosts: str) -> list[str] | None:
    """The addresses of the host, or None where it is refused."""
    guard = UrlGuard(True, private_hosts, lookup=look_up)
    try:
        found = asyncio.run(guard.addresses(read_location(url)))
    except FramedError as refused:
        return None if refused.code is Code.FORBIDDEN_URL else [refused.code.value]
    return [str(each) for each in found]


def test_public_hosts_need_no_setting() -> None:
    """By name and by address, in both families."""
    assert admitted("http://public.example/") == ANSWERS["public.example"]
    assert admitted("http://8.8.8.8/") == ["8.8.8.8"]
    assert admitted("http://[2606:4700::1]/") == ["2606:4700::1"]


@pytest.mark.parametrize(
    ("url", "listed"),
    [
        ("http://photos.lan:9000/", "photos.lan"),
        ("http://PHOTOS.lan./", "Photos.LAN."),
        ("http://photos.lan/", "photos.lan,unrelated"),
        ("http://own.lan/", "127.0.0.1"),
        ("http://127.0.0.1/", "127.0.0.1"),
        ("http://127.0.0.1/", "127.0.0.0/8"),
        ("http://[::1]:81/", "::1"),
        ("http://[::1]/", "[::1]"),
        ("http://10.0.0.5/", "10.0.0.1/24"),
        ("http://photos.lan/", "10.0.0.5,fd12::/16"),
        ("http://Bücher.lan/", "bücher.lan"),
        ("http://xn--bcher-kva.lan/", "bücher.lan"),
        ("http://bücher.lan/", "xn--bcher-kva.lan"),
    ],
)
def test_listed_hosts_may_be_private(url: str, listed: str) -> None:
    """A name, an address or a network; and without the list they are refused."""
    assert admitted(url, *listed.split(","))
    assert admitted(url) is None


@pytest.mark.parametrize(
    ("url", "listed"),
    [
        ("http://photos.lan/", "lan"),
        ("http://photos.lan/", "*.lan"),
        ("http://photos.lan/", "10.0.0.5"),  # its other address is not listed
        ("http://mixed.example/", "10.0.0.6"),
        ("http://10.0.0.5/", "photos.lan"),
        ("http://127.0.0.1/", "localhost"),
        ("http://2130706433/", "127.0.0.1"),
        ("http://0.0.0.0/", "0.0.0.0/0"),
        ("http://meta.lan/", "meta.lan"),
        ("http://169.254.169.254/", "169.254.169.254"),
        ("http://[::ffff:127.0.0.1]/", "127.0.0.1"),
        ("http://[64:ff9b::7f00:1]/", "127.0.0.1,::/0"),
        ("http://unknown.lan/", "unknown.lan"),
        ("ftp://photos.lan/", "photos.lan"),
        ("http://a:b@photos.lan/", "photos.lan"),
    ],
)
def test_the_list_opens_nothing_else(url: str, listed: str) -> None:
    """Not the names around it, not other spellings, not metadata, and no other rule."""
    assert admitted(url, *listed.split(",")) is None


def test_a_public_address_of_this_machine_is_private(monkeypatch: pytest.MonkeyPatch) -> None:
    """What listens on it may count on a firewall before it; the list may admit it, too."""
    monkeypatch.setattr("framed.intake.guard.is_own", lambda address: True)
    assert admitted("http://public.example/") is None
    assert admitted("http://public.example/", "public.example") is not None


def test_too_many_look_ups_are_said_as_such() -> None:
    """That the service is busy tells nothing of the address, and the caller is to come again."""

    async def busy(name: str) -> Sequence[Address]:
        raise FramedError(Code.OVERLOADED, "Too many.", retry_after=1)

    with pytest.raises(FramedError) as refused:
        asyncio.run(UrlGuard(True, lookup=busy).addresses(read_location("http://photos.lan/")))
    assert (refused.value.code, refused.value.retry_after) == (Code.OVERLOADED, 1)


def test_settings_make_a_guard() -> None:
    """Off unless they say on."""
    assert not UrlGuard.of(chosen()).allowed
    guard = UrlGuard.of(
        chosen(url_input="on", url_private_hosts=("a", "10.0.0.0/8"), url_deadline=2.0)
    )
    assert (guard.allowed, guard.private_hosts) == (True, ("a", "10.0.0.0/8"))
    assert (guard.deadline, guard.redirects) == (2.0, 3)
