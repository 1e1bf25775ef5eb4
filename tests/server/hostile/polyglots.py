"""Files that are two things at once."""

from __future__ import annotations

from random import Random

_PAGE = b"<!doctype html><script>alert(1)</script>"
_ARCHIVE = b"PK\x05\x06" + bytes(18)
_STARTS = (_PAGE, b"%PDF-1.7\n", b"#!/bin/sh\n", b"\xef\xbb\xbf", b"\r\n", b"GIF89a", b"RIFF")
_ENDS = (_PAGE, _ARCHIVE, bytes(4096), b"\xff\xd9" * 9, b'{"image": 1}')


def polyglot(first: bytes, second: bytes, chance: Random) -> bytes:
    """Two pictures in one file, or a picture behind, before or within something else."""
    cut = chance.randrange(1, 64)
    return chance.choice(
        (
            first + second,
            first[: len(first) // 2] + second[len(second) // 2 :],
            first[:cut] + second[cut:],
            chance.choice(_STARTS) + first,
            first + chance.choice(_ENDS),
            second[:cut] + first,
        )
    )
