"""How large one photo's bytes may be."""

from __future__ import annotations

from framed.errors import Code, FramedError


def check_size(size: int, limit: int) -> None:
    """Raise `empty` for 0 bytes and `too_large` for more than `limit` bytes."""
    if size == 0:
        raise FramedError(Code.EMPTY, "The photo has no bytes; send the whole file.")
    if size > limit:
        raise FramedError(
            Code.TOO_LARGE,
            f"The photo is larger than {limit / 2**20:g} MiB; send a smaller file.",
            details={"limit_bytes": limit},
        )
