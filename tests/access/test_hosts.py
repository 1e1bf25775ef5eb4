"""Names that this server answers to: those that no stranger can own, and those that were added."""

from __future__ import annotations

import pytest

from framed.access.hosts import check_hosts, host_name
from framed.errors import FramedError


def is_answered(*hosts: str, allowed: tuple[str, ...] = ()) -> bool:
    try:
        check_hosts(hosts, allowed)
    except FramedError as refused:
        return refused.status != 403
    return True


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:3000", "LocalHost.", "127.0.0.1:3000", "[::1]:3000"),
        *("192.168.1.4", "203.0.113.9:80", "[2001:db8::1]", "framed", "framed:3000", "my_box"),
        *("nas.local", "nas.lan", "x.home.arpa", "framed.internal", "app.localhost"),
        *("framed.photos.svc", "framed.photos.svc.cluster.local"),
    ],
)
def test_names_that_nobody_else_owns(host: str) -> None:
    """Addresses, names without a dot, and those kept from the public name space."""
    assert is_answered(host)


@pytest.mark.parametrize(
    "host",
    [
        *("rebound.example", "127.0.0.1.rebound.example", "localhost.rebound.example"),
        *("local.example", "xlocal.example:3000", "nip.io", "a.lan.example", "evil-svc.com"),
        *("", "a b", "[::1", "x:y", "x:999999", "x/y", "user@localhost", "localhost@x.example"),
        *('"><script>', "ex\xe4mple", "localhost\x00"),
    ],
)
def test_names_that_somebody_else_may_own(host: str) -> None:
    """They are refused, whatever they lead to; so is what cannot be a name."""
    assert not is_answered(host)


def test_no_name_is_of_no_browser() -> None:
    """HTTP/1.0 needs none."""
    assert is_answered()


@pytest.mark.parametrize(
    ("entry", "host", "answered"),
    [
        ("photos.example.org", "photos.example.org:443", True),
        ("photos.example.org", "Photos.Example.ORG.", True),
        ("photos.example.org", "x.photos.example.org", False),
        ("*.example.org", "photos.example.org", True),
        ("*.example.org", "a.b.example.org", True),
        ("*.example.org", "example.org", False),
        ("*.example.org", "evilexample.org", False),
        ("*", "anything.example", True),
        ("*", "a b", False),
    ],
)
def test_names_that_were_added(entry: str, host: str, answered: bool) -> None:
    """A name as it stands, all below one, or any."""
    assert is_answered(host, allowed=(entry,)) is answered


def test_every_name_has_to_be_right() -> None:
    """A second Host, or a forwarded one, excuses none."""
    assert not is_answered("localhost", "rebound.example")
    assert not is_answered("rebound.example", "localhost")


def test_what_is_refused_is_repeated_only_if_it_is_a_name() -> None:
    """Nothing else of a stranger's comes back in the answer."""
    with pytest.raises(FramedError) as refused:
        check_hosts(['"><script>'], ())
    assert "script" not in refused.value.message
    assert "FRAMED_ALLOWED_HOSTS" in refused.value.message
    assert host_name("Rebound.example:80") == "rebound.example"
