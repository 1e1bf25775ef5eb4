"""Where a request comes from: the connection's own word, and a trusted proxy's."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from framed.access.sender import sender_of
from framed.addresses import networks_of
from tests.routes.talking import scope_of

PROXIED = {
    "host": "framed:3000",
    "x-forwarded-for": "6.6.6.6, 192.0.2.7",
    "x-forwarded-host": "photos.example",
    "x-forwarded-proto": "https",
}


def test_a_proxy_that_nobody_trusts_is_the_sender() -> None:
    """What it says of others changes nothing."""
    scope = scope_of(headers=PROXIED, client=("10.0.0.2", 5000))
    sender = sender_of(scope, networks_of(["10.0.0.3"]))
    assert (sender.name, sender.hosts, sender.scheme) == ("10.0.0.2", ("framed:3000",), "http")
    assert sender.scope(scope) is scope


def test_a_trusted_one_is_believed() -> None:
    """The application sees the request as the client made it; both names are judged."""
    scope = scope_of(headers=PROXIED, client=("10.0.0.2", 5000))
    sender = sender_of(scope, networks_of(["10.0.0.0/8"]))
    assert (sender.name, sender.hosts) == ("192.0.2.7", ("photos.example", "framed:3000"))
    seen = Request(sender.scope(scope))
    assert str(seen.base_url) == "https://photos.example/"
    assert seen.client is not None
    assert seen.client.host == "192.0.2.7"
    assert seen.headers.getlist("host") == ["photos.example"]


@pytest.mark.parametrize(
    ("client", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::1", "::1"),
        ("somewhere", "unknown"),
    ],
)
def test_whom_limits_take_for_one(client: str, name: str) -> None:
    """All of an IPv6 subscriber's addresses are one sender's."""
    assert sender_of(scope_of(client=(client, 5000)), ()).name == name


def test_no_address_at_all_is_unknown() -> None:
    """Over a unix socket, say."""
    assert sender_of(scope_of(client=None), networks_of(["127.0.0.1"])).name == "unknown"
