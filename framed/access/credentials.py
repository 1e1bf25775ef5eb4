"""Where a request carries its key."""

from __future__ import annotations

from starlette.datastructures import Headers

BEARER = "bearer"
LONGEST = 512  # characters; no secret of ours is as long


def secrets_in(headers: Headers) -> tuple[str, ...]:
    """What `Authorization: Bearer` and `X-API-Key` hold, in this order; nothing of other schemes,
    which may be a proxy's own."""
    scheme, _, token = headers.get("authorization", "").strip().partition(" ")
    given = [token if scheme.lower() == BEARER else "", headers.get("x-api-key", "")]
    return tuple(dict.fromkeys(text.strip()[:LONGEST] for text in given if text.strip()))
