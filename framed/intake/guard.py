"""Which web addresses the service may fetch from, as its operator set it up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Self

from framed.errors import Code, FramedError
from framed.intake.addresses import Address, Network, kind_of
from framed.intake.location import Location, canonical_host
from framed.intake.lookup import is_own, look_up
from framed.settings import Settings

Lookup = Callable[[str], Awaitable[Sequence[Address]]]


@dataclass(frozen=True)
class UrlGuard:
    """`private_hosts`: names, addresses and networks that may be private; `deadline` in seconds.

    A listed name may have private addresses; a listed address may be any private one. Nothing else
    changes for them, and what `kind_of` calls never stays refused.
    """

    allowed: bool = False
    private_hosts: tuple[str, ...] = ()
    deadline: float = 5.0
    redirects: int = 3
    lookup: Lookup = look_up

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The guard that the operator's settings ask for."""
        return cls(settings.url_input == "on", settings.url_private_hosts, settings.url_deadline)

    async def addresses(self, location: Location | None) -> Sequence[Address]:
        """The addresses to connect to, each of them checked; one bad address refuses all.

        Raises `forbidden_url` with the same words for whatever is wrong, a name that is not known
        included: an answer must not tell which hosts a private network has. Only where too many
        names are being looked up it is `overloaded`.
        """
        if location is None:
            raise forbidden_url()
        found = await self._found(location.host)
        if not found or not all(self._admits(address, location.host) for address in found):
            raise forbidden_url()
        return found

    async def _found(self, host: Address | str) -> Sequence[Address]:
        if not isinstance(host, str):
            return [host]
        try:
            return await self.lookup(host)
        except OSError:
            return []

    def _admits(self, address: Address, host: Address | str) -> bool:
        kind = kind_of(address)
        if kind == "never":
            return False
        return (kind == "public" and not is_own(address)) or self._is_listed(address, host)

    def _is_listed(self, address: Address, host: Address | str) -> bool:
        names = (entry for entry in self.private_hosts if _network(entry) is None)
        return host in map(canonical_host, names) or _within(address, self.private_hosts)


def forbidden_url() -> FramedError:
    """The one refusal of a web address, whatever the reason."""
    return FramedError(
        Code.FORBIDDEN_URL,
        "This web address is not fetched: it must be http or https, plainly written and without "
        "credentials, and its host must be known and have public addresses only.",
    )


def _within(address: Address, entries: Iterable[str]) -> bool:
    return any(address in network for entry in entries if (network := _network(entry)))


def _network(entry: str) -> Network | None:
    try:
        return ip_network(entry.strip("[]"), strict=False)
    except ValueError:  # a name
        return None
