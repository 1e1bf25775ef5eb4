"""Who may reload: this machine, everybody, nobody."""

from __future__ import annotations

from typing import Literal

import pytest
from framed.routes.access import check_may_reload, check_private, is_own_machine
from starlette.requests import Request

from framed.errors import Code, FramedError
from tests.routes.talking import scope_of

Who = Literal["loopback", "on", "off"]


def allowed(who: Who, client: str | None = "127.0.0.1", **headers: str) -> bool:
    """Whether `client` with these headers (`_` for `-`) may reload."""
    named = {"host": "127.0.0.1:3000", **{k.replace("_", "-"): v for k, v in headers.items()}}
    scope = scope_of(headers=named, client=(client, 5000) if client is not None else None)
    try:
        check_may_reload(Request(scope), who)
    except FramedError as refused:
        return refused.code is not Code.FORBIDDEN
    return True


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may(client: str) -> None:
    """Any loopback address, in the older dress of an IPv6 socket too."""
    assert allowed("loopback", client)


@pytest.mark.parametrize(
    "client",
    [
        "192.168.1.4",
        "10.0.0.1",
        "203.0.113.9",
        "::ffff:192.168.1.4",
        "fe80::1",
        "0.0.0.0",
        "",
        None,
    ],
)
def test_another_machine_may_not(client: str | None) -> None:
    """Nor a caller that cannot be told."""
    assert not allowed("loopback", client)


def test_a_name_is_no_address() -> None:
    """A socket's peer is a number; a name in its place is not believed."""
    assert not allowed("loopback", "localhost")


@pytest.mark.parametrize(
    "header",
    [
        *("forwarded", "x_forwarded_for", "x_forwarded_host", "x_real_ip", "via"),
        *("x_forwarded_proto", "cf_connecting_ip", "true_client_ip", "x_client_ip"),
    ],
)
def test_a_proxy_speaks_for_others(header: str) -> None:
    """A proxy on this machine passes on callers from anywhere."""
    assert not allowed("loopback", **{header: "127.0.0.1"})


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://127.0.0.1:8080", "null", "http://127.0.0.1:3000.evil.example"],
)
def test_a_foreign_page_may_not(origin: str) -> None:
    """A browser on this machine sends for any page that is open in it."""
    assert not allowed("loopback", origin=origin)


def test_our_own_page_may() -> None:
    """Its origin is the host it was loaded from."""
    assert allowed("loopback", origin="http://127.0.0.1:3000")


def test_on_lets_everybody() -> None:
    """It is the operator's word."""
    assert allowed("on", "203.0.113.9", x_forwarded_for="a", origin="https://evil.example")


def test_off_lets_nobody() -> None:
    """Not even this machine; the answer is 403."""
    assert not allowed("off")
    with pytest.raises(FramedError) as refused:
        check_may_reload(Request(scope_of()), "off")
    assert refused.value.status == 403


@pytest.mark.parametrize("host", ["127.0.0.1:3000", "localhost:3000", "[::1]:3000"])
def test_a_private_server_answers_its_own_machine(host: str) -> None:
    """By any of its loopback names, for a page of this machine too."""
    headers = {"host": host, "origin": "http://localhost:8080"}
    check_private(Request(scope_of(headers=headers)), True)


@pytest.mark.parametrize(
    ("client", "headers"),
    [
        ("192.168.1.4", {}),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", {"Host": "rebound.example"}),
        (None, {}),
    ],
)
def test_a_private_server_answers_nobody_else(client: str | None, headers: dict[str, str]) -> None:
    """Another machine, a proxy's callers, a foreign name that leads here, an unknown caller."""
    request = Request(scope_of(headers=headers, client=(client, 5000) if client else None))
    with pytest.raises(FramedError) as refused:
        check_private(request, True)
    assert refused.value.status == 403
    check_private(request, False)


@pytest.mark.parametrize("host", ["[::1", "[x]:y", "a b", "", "127.0.0.1:port"])
def test_a_host_that_cannot_be_one_is_no_failure(host: str) -> None:
    """Whoever sends it is answered or refused; a machine that is not this one is refused."""
    assert is_own_machine(Request(scope_of(headers={"Host": host}))) in (True, False)
    other = scope_of(headers={"Host": host}, client=("192.0.2.1", 5000))
    assert not is_own_machine(Request(other))
