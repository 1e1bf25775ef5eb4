"""The one place where a request is let in or turned away, before anything is done for it."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import Scope as AsgiScope

from framed.access.credentials import secrets_in
from framed.access.guesses import Guesses
from framed.access.hosts import check_hosts
from framed.access.key import Key
from framed.access.keyring import Keyring
from framed.access.origins import check_origin
from framed.access.own_machine import check_may_reload, check_private
from framed.access.rates import REQUESTS, Field, Rates
from framed.access.scopes import Scope
from framed.access.sender import Sender, sender_of
from framed.addresses import networks_of
from framed.caller import IN_PROCESS, Caller
from framed.errors import Code, FramedError
from framed.settings import Settings

INSIDE = "framed.inside"  # in a scope: the caller is this very program, which needs no key
_READING = ("GET", "HEAD")
_WITHOUT_KEYS = frozenset(Scope) - {Scope.ADMIN}


class Door:
    """Lets callers in, as the settings say: by where they are, what they call this server, for
    which page, with which key, and how often."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._trusted = networks_of(settings.trusted_proxies)
        self._keyring = Keyring.of(settings)
        self._guesses = Guesses()
        self._rates = Rates(settings)

    def sender(self, scope: AsgiScope) -> Sender:
        """Where this request comes from."""
        return sender_of(scope, self._trusted)

    async def admit(
        self, scope: AsgiScope, sender: Sender, needs: Scope | None, *, is_open: bool = False
    ) -> Caller:
        """Who asks, once it is sure that they may.

        `needs` is the scope that a key must have, None: any; what `is_open` may be read without.
        Raises `FramedError`: `forbidden`, `unauthorized`, `rate_limited` (after wrong keys).
        """
        if INSIDE in scope:
            return IN_PROCESS
        check_private(sender, self._settings.private)
        if is_open and scope["method"] in _READING:
            return Caller(sender.name)
        headers = Headers(scope=scope)
        check_hosts(sender.hosts, self._settings.allowed_hosts)
        origins = self._settings.cors_origins
        check_origin(headers, sender.hosts, scope["path"], scope["method"], origins)
        return await self._caller(headers, sender, needs)

    async def count(self, caller: Caller) -> None:
        """Count a request of `caller`; raises `rate_limited`."""
        if _is_counted(caller):
            await self._rates.take(caller.name, REQUESTS, 1)

    async def fields(self, caller: Caller | None) -> list[Field]:
        """The header fields that tell `caller` what is left; None: nobody was let in."""
        return await self._rates.fields(caller.name) if caller and _is_counted(caller) else []

    async def _caller(self, headers: Headers, sender: Sender, needs: Scope | None) -> Caller:
        if needs is Scope.RELOAD and self._settings.reload == "off":
            raise FramedError(Code.FORBIDDEN, "Reloading is off (FRAMED_RELOAD=off).")
        if self._keyring is None:
            if needs is Scope.RELOAD:
                check_may_reload(sender, self._settings.reload == "on")
            quota = self._rates.quota(sender.name)
            return Caller(sender.name, scopes=_WITHOUT_KEYS, quota=quota)
        key = await self._key(self._keyring, headers, sender)
        if not key.is_for(needs):
            raise FramedError(
                Code.FORBIDDEN, f"The key {key.name!r} is not for this: it has no scope {needs}."
            )
        return Caller(key.name, key.name, frozenset(key.scopes), self._rates.quota(key.name))

    async def _key(self, keyring: Keyring, headers: Headers, sender: Sender) -> Key:
        given = secrets_in(headers)
        if not given:
            raise _unauthorized("Send a key")
        key = next(filter(None, map(keyring.find, given)), None)
        if key and self._guesses.is_known(sender.name, key.name):
            return key
        if await self._guesses.too_many(sender.name):
            raise FramedError(
                Code.RATE_LIMITED,
                "Too many wrong keys came from this address; try again in a minute.",
                retry_after=60,
            )
        if key is None:
            await self._guesses.count(sender.name)
            raise _unauthorized("This key is not known; send another")
        self._guesses.remember(sender.name, key.name)
        return key


def _is_counted(caller: Caller) -> bool:
    return bool(caller.scopes) and caller is not IN_PROCESS  # readers of open routes have none


def _unauthorized(what: str) -> FramedError:
    return FramedError(
        Code.UNAUTHORIZED, f"{what}, as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'."
    )
