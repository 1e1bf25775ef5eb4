"""What a key may be good for."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Scope(StrEnum):
    """`classify` is every route for photos and texts, `metrics` what the server says of itself,
    `admin` everything."""

    CLASSIFY = "classify"
    RELOAD = "reload"
    METRICS = "metrics"
    ADMIN = "admin"


SCOPES = ", ".join(Scope)


def scopes_of(words: Iterable[str]) -> frozenset[Scope]:
    """The scopes that `words` name; raises `ValueError` for another word, and for none at all."""
    named = [word.strip() for word in words]
    strange = sorted(set(named) - set(Scope))
    if strange or not named:
        raise ValueError(f"{strange[0] if strange else ''!r} is no scope; there are {SCOPES}")
    return frozenset(map(Scope, named))
