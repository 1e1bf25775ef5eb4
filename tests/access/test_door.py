"""Who is let in for what, and in which words the others are turned away."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import SecretStr

from framed.access.door import INSIDE, Door
from framed.access.guesses import WRONG_A_MINUTE
from framed.access.key import Key, entry_of, new_key
from framed.access.scopes import Scope
from framed.caller import IN_PROCESS, Caller
from framed.errors import Code, FramedError
from tests.fakes import chosen
from tests.routes.talking import scope_of

MADE: dict[Scope, tuple[Key, str]] = {scope: new_key(scope, frozenset({scope})) for scope in Scope}
SECRETS = {scope: secret for scope, (_, secret) in MADE.items()}
KEYS = SecretStr(",".join(entry_of(key) for key, _ in MADE.values()))
ELSEWHERE = ("192.0.2.1", 5000)


class Standing:
    """A door, and an event loop that stays with it."""

    def __init__(self, **settings: Any) -> None:
        self._door = Door(chosen(**settings))

    async def one(
        self, needs: Scope | None = None, *, is_open: bool = False, **scope: Any
    ) -> Caller | FramedError:
        """Who was let in, or why not."""
        asked = scope_of(**scope)
        try:
            caller = await self._door.admit(asked, self._door.sender(asked), needs, is_open=is_open)
            await self._door.count(caller)
        except FramedError as refused:
            return refused
        return caller

    def now(self, *args: Any, **scope: Any) -> Caller | FramedError:
        return asyncio.run(self.one(*args, **scope))


def code_of(outcome: Caller | FramedError) -> Code | None:
    return outcome.code if isinstance(outcome, FramedError) else None


def bearer(secret: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}", **more}


def test_without_keys_everybody_is_let_in() -> None:
    """By their address, for everything but reloading; a key that comes along says nothing."""
    caller = Standing().now(Scope.CLASSIFY, client=ELSEWHERE, headers=bearer("sk-anything"))
    assert isinstance(caller, Caller)
    assert (caller.name, caller.key) == ("192.0.2.1", None)
    assert code_of(Standing().now(Scope.RELOAD, client=ELSEWHERE)) == "forbidden"
    assert code_of(Standing().now(Scope.RELOAD)) is None
    assert code_of(Standing(reload="on").now(Scope.RELOAD, client=ELSEWHERE)) is None
    assert code_of(Standing(reload="off").now(Scope.RELOAD)) == "forbidden"


@pytest.mark.parametrize("needs", [None, *Scope])
def test_with_keys_nobody_is_without_one(needs: Scope | None) -> None:
    """Not even on this machine."""
    refused = Standing(api_keys=KEYS).now(needs)
    assert code_of(refused) == "unauthorized"


@pytest.mark.parametrize("needs", [Scope.CLASSIFY, Scope.RELOAD, Scope.METRICS])
def test_a_key_is_good_for_its_scope(needs: Scope) -> None:
    """`admin` for every one; the others are 403, with the name of the scope that is missing."""
    door = Standing(api_keys=KEYS)
    for scope, secret in SECRETS.items():
        found = door.now(needs, headers={"X-API-Key": secret}, client=ELSEWHERE)
        if scope in (needs, Scope.ADMIN):
            assert isinstance(found, Caller)
            assert (found.name, found.key, found.scopes) == (scope, scope, {scope})
        else:
            assert isinstance(found, FramedError)
            assert found.code == "forbidden"
            assert needs in found.message
        assert code_of(door.now(None, headers=bearer(secret))) is None


def test_off_is_off_for_keys_too() -> None:
    """Nobody reloads a server that is set so."""
    door = Standing(api_keys=KEYS, reload="off")
    assert code_of(door.now(Scope.RELOAD, headers=bearer(SECRETS[Scope.ADMIN]))) == "forbidden"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_is_open_may_be_read(method: str) -> None:
    """Under any name, for any page, without a key; it is not written to."""
    door = Standing(api_keys=KEYS, rate_requests=1)
    strange = {"host": "rebound.example", "origin": "https://evil.example"}
    for _ in range(3):
        assert code_of(door.now(is_open=True, method=method, headers=strange)) is None
    assert code_of(door.now(is_open=True, method="POST")) == "unauthorized"


def test_private_comes_first() -> None:
    """What is open is not open to other machines, and a key does not help them."""
    door = Standing(api_keys=KEYS, private=True)
    headers = bearer(SECRETS[Scope.ADMIN])
    assert code_of(door.now(client=ELSEWHERE, headers=headers)) == "forbidden"
    assert code_of(door.now(client=ELSEWHERE, is_open=True)) == "forbidden"
    assert code_of(door.now(headers=headers)) is None


@pytest.mark.parametrize(
    "strange", [{"host": "rebound.example"}, {"origin": "https://evil.example"}]
)
def test_names_and_pages_are_judged_before_keys(strange: dict[str, str]) -> None:
    """A key does not make a page's request the reader's own."""
    assert code_of(Standing().now(headers=strange)) == "forbidden"
    headers = bearer(SECRETS[Scope.ADMIN], **strange)
    assert code_of(Standing(api_keys=KEYS).now(headers=headers)) == "forbidden"


def test_this_program_itself_needs_nothing() -> None:
    """A call of the service object in Python; no header says so."""
    door = Door(chosen(api_keys=KEYS, private=True))
    scope = {**scope_of(client=None), INSIDE: True}
    assert asyncio.run(door.admit(scope, door.sender(scope), Scope.RELOAD)) is IN_PROCESS


def test_guessing_is_slowed() -> None:
    """Past so many wrong keys an address is not told of the right one either, unless it had it
    before; no key at all is no guess."""

    async def scenario() -> list[Code | None]:
        door = Standing(api_keys=KEYS)
        known, new = SECRETS[Scope.CLASSIFY], SECRETS[Scope.ADMIN]
        codes = [code_of(await door.one(headers=bearer(known)))]
        for _ in range(WRONG_A_MINUTE):
            assert code_of(await door.one()) == "unauthorized"
            assert code_of(await door.one(headers=bearer("wrong"))) == "unauthorized"
        for secret, client in (("x", None), (new, None), (known, None), (new, ELSEWHERE)):
            where = {"client": client} if client else {}
            codes.append(code_of(await door.one(headers=bearer(secret), **where)))
        return [*codes, code_of(await door.one())]

    limited = Code.RATE_LIMITED
    assert asyncio.run(scenario()) == [None, limited, limited, None, None, Code.UNAUTHORIZED]


def test_requests_are_counted_by_key_or_address() -> None:
    """One key from two addresses is one caller; two addresses without keys are two."""

    async def scenario(door: Standing, headers: dict[str, str]) -> list[Code | None]:
        clients = [("192.0.2.1", 1), ("192.0.2.2", 1)] * 2
        return [code_of(await door.one(client=each, headers=headers)) for each in clients]

    limited = Code.RATE_LIMITED
    plain, keyed = Standing(rate_requests=1), Standing(rate_requests=1, api_keys=KEYS)
    assert asyncio.run(scenario(plain, {})) == [None, None, limited, limited]
    headers = bearer(SECRETS[Scope.CLASSIFY])
    assert asyncio.run(scenario(keyed, headers)) == [None, limited, limited, limited]


def test_the_address_is_that_of_the_client() -> None:
    """Where a proxy is trusted; what others forward makes no new caller."""
    trusting = Standing(rate_requests=1, trusted_proxies=("10.0.0.2",))

    async def scenario(peer: str) -> list[Code | None]:
        return [
            code_of(
                await trusting.one(client=(peer, 1), headers={"X-Forwarded-For": f"192.0.2.{n}"})
            )
            for n in (1, 2, 1)
        ]

    limited = Code.RATE_LIMITED
    assert asyncio.run(scenario("10.0.0.2")) == [None, None, limited]
    assert asyncio.run(scenario("10.0.0.3")) == [None, limited, limited]
