"""What is believed of a proxy's word: the nearest address that is no trusted proxy's."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from starlette.datastructures import Headers

from framed.access.forwarded import Forwarded, forwarded_by, is_forwarded
from framed.addresses import networks_of

PEER = ip_address("10.0.0.2")
TRUSTED = networks_of(["10.0.0.0/8", "fd00::/8"])


def said(*headers: tuple[str, str]) -> Forwarded:
    """What the proxy PEER says with these headers."""
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return forwarded_by(PEER, Headers(raw=raw), TRUSTED)


def client(*headers: tuple[str, str]) -> str:
    return str(said(*headers).client)


@pytest.mark.parametrize(
    ("chain", "nearest"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("6.6.6.6, 192.0.2.7", "192.0.2.7"),
        ("6.6.6.6, 192.0.2.7, 10.0.0.9", "192.0.2.7"),
        ("10.0.0.8, 10.0.0.9", "10.0.0.8"),
        ("192.0.2.7:4711", "192.0.2.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("6.6.6.6, unknown", "10.0.0.2"),
        ("6.6.6.6, ,", "6.6.6.6"),
        ("6.6.6.6, 999.1.1.1", "10.0.0.2"),
    ],
)
def test_the_nearest_stranger_of_a_list(chain: str, nearest: str) -> None:
    """What stands further left anybody may have written; nonsense stops there and then."""
    assert client(("x-forwarded-for", chain)) == nearest


def test_lines_of_one_field_are_one_list() -> None:
    """A proxy may add a line where another one extends it."""
    assert client(("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "192.0.2.7")) == "192.0.2.7"


@pytest.mark.parametrize(
    ("field", "nearest"),
    [
        ("for=192.0.2.7", "192.0.2.7"),
        ("for=6.6.6.6, for=192.0.2.7;proto=https;by=203.0.113.43", "192.0.2.7"),
        ('for="[2001:db8::1]:4711"', "2001:db8::1"),
        ('FOR = "192.0.2.7:80" ; host=x', "192.0.2.7"),
        ("for=6.6.6.6, for=_hidden", "10.0.0.2"),
        ('for=6.6.6.6, "broken, for=192.0.2.7', "10.0.0.2"),
        ('for="6.6.6.6, for=192.0.2.7', "10.0.0.2"),
    ],
)
def test_the_standard_field(field: str, nearest: str) -> None:
    """RFC 7239's; of one that cannot be read to its end nothing is believed."""
    assert client(("forwarded", field)) == nearest


def test_two_fields_that_disagree_say_nothing() -> None:
    """A proxy sets one of them, and the other one is whoever's."""
    one, other = ("x-forwarded-for", "192.0.2.7"), ("forwarded", "for=6.6.6.6")
    assert client(one, other) == "10.0.0.2"
    assert client(one, ("forwarded", "for=192.0.2.7")) == "192.0.2.7"


def test_nothing_said_is_nothing_known() -> None:
    """Then the proxy itself is the client."""
    assert said(("via", "1.1 cache")) == Forwarded(PEER, None, None)


def test_host_and_scheme_are_the_nearest_proxys() -> None:
    """Of either kind of field; a scheme that is none is not repeated."""
    whole = said(("x-forwarded-host", "a.example, b.example"), ("x-forwarded-proto", "http, HTTPS"))
    assert (whole.host, whole.scheme) == ("b.example", "https")
    standard = said(("forwarded", "host=a.example;proto=http, host=b.example;proto=https"))
    assert (standard.host, standard.scheme) == ("b.example", "https")
    assert said(("x-forwarded-proto", "javascript")).scheme is None


@pytest.mark.parametrize(
    ("value", "prefix"),
    [("/framed", "/framed"), ("/lie, /framed/", "/framed"), ("/", ""), ("//evil", ""), ("a", "")],
)
def test_the_path_that_a_proxy_serves_below(value: str, prefix: str) -> None:
    """The last one stated, which is the proxy's own, where it is a plain path."""
    assert said(("x-forwarded-prefix", value)).prefix == prefix
    assert is_forwarded(Headers({"x-forwarded-prefix": value}))
