"""Where a request comes from, and by what name it calls this server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope

from framed.access.forwarded import Forwarded, forwarded_by, is_forwarded
from framed.access.hosts import is_loopback_name
from framed.addresses import Address, Network, address_of, is_within, sender_name

_NOTHING = Forwarded(None, None, None)


@dataclass(frozen=True)
class Sender:
    """`address` is the client's, None: unknown; `hosts` every name that the request gives this
    server, the one that the client used first; `scheme` is `http` or `https`; `prefix` the path
    below which the proxy serves this server."""

    address: Address | None
    hosts: tuple[str, ...]
    scheme: str
    is_own_machine: bool
    by_proxy: bool = False  # all of this is a trusted proxy's word
    prefix: str = ""

    @property
    def name(self) -> str:
        """Whom limits count as one sender."""
        return sender_name(self.address)

    def scope(self, scope: Scope) -> Scope:
        """`scope` as it would be had the client called without a trusted proxy between."""
        if not self.by_proxy:
            return scope
        host = [(b"host", self.hosts[0].encode("latin-1"))] if self.hosts else []
        rest = [(name, value) for name, value in scope["headers"] if name != b"host"]
        client = (str(self.address), 0) if self.address else None
        return {**scope, "headers": [*host, *rest], "client": client, "scheme": self.scheme}


def sender_of(scope: Scope, trusted: Sequence[Network]) -> Sender:
    """Who sends this request. Of what proxies say only the word of a `trusted` one counts, and
    whoever is spoken for is not on this machine.

    A proxy on this machine that adds no header cannot be told from a caller here. A page whose own
    name resolves to this machine comes from anywhere: so the caller must use a loopback name too.
    """
    headers = Headers(scope=scope)
    client = scope.get("client")
    peer = address_of(client[0]) if client else None
    by_proxy = peer is not None and is_within(peer, trusted)
    said = forwarded_by(peer, headers, trusted) if peer and by_proxy else _NOTHING
    hosts = tuple(headers.getlist("host"))
    alone = peer is not None and peer.is_loopback and not is_forwarded(headers)
    return Sender(
        said.client or peer,
        (said.host, *hosts) if said.host else hosts,
        said.scheme or scope.get("scheme", "http"),
        alone and all(map(is_loopback_name, hosts)),
        by_proxy,
        said.prefix,
    )
