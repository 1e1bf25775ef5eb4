"""An API key: its name, what it is good for, and the digest that its secret is known by.

The digest is plain SHA-256. A slow one protects words that people think of; a secret of 256 random
bits cannot be tried out, and a slow digest on every request would be a load that anybody can cause.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from framed.access.scopes import SCOPES, Scope, scopes_of

PREFIX = "framed_"  # by which scanners for leaked secrets find it
HASHED = "sha256="
SHORTEST = 24  # characters of a secret that somebody brings along
ENDS = 4  # characters of a secret that are shown again
NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Key:
    """`ends` are the last characters of the secret, `created` the moment in ISO 8601; either may
    be unknown."""

    name: str
    scopes: frozenset[Scope]
    digest: str
    created: str = ""
    ends: str = ""

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError("a key's name is 1 to 64 letters, digits, dots, dashes, underscores")
        if not _DIGEST.fullmatch(self.digest):
            raise ValueError(f"the digest of {self.name!r} is no SHA-256 in hex")

    def is_for(self, scope: Scope | None) -> bool:
        """Whether it is good for `scope`; None asks for a key of any kind."""
        return scope is None or scope in self.scopes or Scope.ADMIN in self.scopes


def new_key(name: str, scopes: frozenset[Scope]) -> tuple[Key, str]:
    """A key, and its secret, which is nowhere else. Raises `ValueError` for a name that is none."""
    secret = PREFIX + secrets.token_urlsafe(32)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Key(name, scopes, digest_of(secret), now, secret[-ENDS:]), secret


def digest_of(secret: str) -> str:
    """What a secret is kept as: SHA-256 in hex."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def key_of(entry: str) -> Key:
    """A key written as `NAME:SCOPE+SCOPE:SECRET`, or `…:sha256=DIGEST`.

    Raises `ValueError` whose words hold nothing of the secret.
    """
    name, scopes, secret = (*entry.split(":", 2), "", "")[:3]
    if not secret:
        raise ValueError("a key is written NAME:SCOPE+SCOPE:sha256=DIGEST, or with its secret last")
    good_for = _scopes(scopes)
    if secret.startswith(HASHED):
        return Key(name, good_for, secret.removeprefix(HASHED).lower())
    if len(secret) < SHORTEST:
        raise ValueError(f"a secret must have {SHORTEST} characters at least")
    return Key(name, good_for, digest_of(secret), ends=secret[-ENDS:])


def _scopes(text: str) -> frozenset[Scope]:
    try:
        return scopes_of(text.split("+"))
    except ValueError:  # its words hold what stands there, which may be a secret out of place
        raise ValueError(f"a key's scopes are some of {SCOPES}, joined by '+'") from None


def entry_of(key: Key) -> str:
    """The key as `key_of` reads it, hashed."""
    return f"{key.name}:{'+'.join(sorted(key.scopes))}:{HASHED}{key.digest}"
