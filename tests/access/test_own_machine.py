"""Who is on this machine, what only they may do, and who merely looks like them."""

from __future__ import annotations

import pytest

from framed.access.own_machine import check_may_reload, check_private
from framed.access.sender import sender_of
from framed.addresses import networks_of
from framed.errors import FramedError
from tests.routes.talking import scope_of


def is_own(client: str | None = "127.0.0.1", **headers: str) -> bool:
    """Whether `client` with these headers (`_` for `-`) is taken to be on this machine."""
    named = {"host": "127.0.0.1:3000", **{k.replace("_", "-"): v for k, v in headers.items()}}
    scope = scope_of(headers=named, client=(client, 5000) if client is not None else None)
    return sender_of(scope, ()).is_own_machine


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
def test_any_loopback_address_is(client: str) -> None:
    """In the older dress of an IPv6 socket too."""
    assert is_own(client)


@pytest.mark.parametrize("host", ["127.0.0.1:3000", "localhost:3000", "[::1]:3000", "LOCALHOST."])
def test_by_any_loopback_name(host: str) -> None:
    """Whichever of its names the caller uses."""
    assert is_own(host=host)


@pytest.mark.parametrize(
    "client",
    ["192.168.1.4", "203.0.113.9", "::ffff:192.168.1.4", "fe80::1%eth0", "0.0.0.0", "", None],
)
def test_another_machine_is_not(client: str | None) -> None:
    """Nor a caller that cannot be told."""
    assert not is_own(client)


def test_a_name_is_no_address() -> None:
    """A socket's peer is a number; a name in its place is not believed."""
    assert not is_own("localhost")


@pytest.mark.parametrize(
    "header",
    [
        *("forwarded", "x_forwarded_for", "x_forwarded_host", "x_real_ip", "via"),
        *("x_forwarded_proto", "cf_connecting_ip", "true_client_ip", "x_client_ip"),
    ],
)
def test_whoever_a_proxy_speaks_for_is_not(header: str) -> None:
    """A proxy on this machine passes on callers from anywhere."""
    assert not is_own(**{header: "127.0.0.1"})


@pytest.mark.parametrize(
    "host", ["rebound.example", "127.0.0.1.rebound.example", "[::1", "[x]:y", "a b", "", "127.1:p"]
)
def test_a_foreign_name_that_leads_here_is_not(host: str) -> None:
    """A page whose own name resolves to this machine comes from anywhere."""
    assert not is_own(host=host)


def test_a_trusted_proxy_makes_nobody_local() -> None:
    """Its word on the address may narrow rights and never widens them."""
    headers = {"host": "localhost", "x-forwarded-for": "127.0.0.1"}
    scope = scope_of(headers=headers)
    trusted = networks_of(["127.0.0.1"])
    assert not sender_of(scope, trusted).is_own_machine


def test_what_is_for_this_machine_is_refused_to_others() -> None:
    """A private server to all of it; reloading, unless anybody may."""
    here = sender_of(scope_of(headers={"host": "localhost"}), ())
    there = sender_of(scope_of(client=("192.0.2.1", 5000)), ())
    check_private(here, True)
    check_private(there, False)
    check_may_reload(here, False)
    check_may_reload(there, True)
    for check, setting in ((check_private, True), (check_may_reload, False)):
        with pytest.raises(FramedError) as refused:
            check(there, setting)
        assert refused.value.status == 403
