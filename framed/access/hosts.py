"""By which names this server may be called.

A web page can have its own name lead to this server (DNS rebinding); a browser then takes its
requests for harmless ones, but the `Host` still says the page's name. So only names are answered
that nobody outside can own, and those that the operator adds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from framed.addresses import address_of
from framed.errors import Code, FramedError
from framed.shown import shown

# kept from the public name space: RFC 2606, 6761, 6762 (with its appendix G), 8375, ICANN's
# reservation of `internal`, and what clusters and routers hand out
_NOBODYS = ("localhost", "local", "internal", "home.arpa", "test", "svc", "localdomain")
_PRIVATE = ("intranet", "private", "corp", "home", "lan")
_SUFFIXES = tuple(f".{name}" for name in (*_NOBODYS, *_PRIVATE))
_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
ANY = "*"


def check_hosts(hosts: Sequence[str], allowed: Sequence[str]) -> None:
    """Raise `forbidden` unless each of `hosts` is an address, a name without an owner, or allowed.

    No host at all is what no browser sends.
    """
    for host in hosts:
        name = host_name(host)
        if name is None or not (_is_ownerless(name) or _is_allowed(name, allowed)):
            raise FramedError(
                Code.FORBIDDEN,
                f"This server is not called {shown(name or 'that')}; if it is to be, its "
                "operator adds the name to FRAMED_ALLOWED_HOSTS.",
            )


def host_name(host: str) -> str | None:
    """The name or address of a `Host`, in lower case and without port; None: it cannot be one."""
    found = _HOST.fullmatch(host)
    return None if found is None else found["name"].strip("[]").removesuffix(".").lower()


def is_loopback_name(host: str) -> bool:
    """Whether a `Host` is `localhost` or a loopback address."""
    name = host_name(host)
    address = address_of(name)
    return name == "localhost" or (address is not None and address.is_loopback)


def _is_ownerless(name: str) -> bool:
    return "." not in name or name.endswith(_SUFFIXES) or address_of(name) is not None


def _is_allowed(name: str, allowed: Sequence[str]) -> bool:
    return any(
        entry in (ANY, name) or (entry.startswith("*.") and name.endswith(entry[1:]))
        for entry in allowed
    )
