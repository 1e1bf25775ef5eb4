"""Bytes as letters: CLIP's vocabulary is text, so each byte has a letter that can be seen.

Their order is that of the first 256 ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def _letters() -> dict[int, str]:
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]  # as Latin-1
    others = sorted(set(range(256)) - set(visible))
    return {byte: chr(byte) for byte in visible} | {
        byte: chr(256 + place) for place, byte in enumerate(others)
    }


LETTERS: Mapping[int, str] = MappingProxyType(_letters())
