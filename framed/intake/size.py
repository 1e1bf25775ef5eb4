"""How large one photo's bytes may be."""

from __future__ import annotations

from framed.errors import Code, FramedError
from framed.size_limit import SizeLimit


def check_size(size: int, limit: SizeLimit) -> None:
    """Raise `empty` for 0 bytes and `too_large` for more than `limit` allows."""
    if size == 0:
        raise FramedError(Code.EMPTY, "The photo has no bytes; send the whole file.")
    if size > limit.bytes:
        raise FramedError(
            Code.TOO_LARGE,
            f"The photo is larger than {limit.said}; send a smaller file, or have the operator "
            "raise that setting.",
            details={"limit_bytes": limit.bytes, "setting": limit.setting},
        )
