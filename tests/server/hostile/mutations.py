"""Ways to spoil a file: bytes in, bytes out, by the given source of chance."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from random import Random

PNG = b"\x89PNG\r\n\x1a\n"
_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)

Mutation = Callable[[bytes, Random], bytes]


def mutated(data: bytes, chance: Random) -> bytes:
    """`data` after one to three mutations; a PNG may get right checksums again."""
    for _ in range(chance.randint(1, 3)):
        data = chance.choice(MUTATIONS)(data, chance)
    return with_checksums(data) if chance.random() < 0.5 else data


def _bits(data: bytes, chance: Random) -> bytes:
    spoiled = bytearray(data)
    for _ in range(chance.randint(1, 24) if spoiled else 0):
        spoiled[chance.randrange(len(spoiled))] ^= 1 << chance.randrange(8)
    return bytes(spoiled)


def _head_bits(data: bytes, chance: Random) -> bytes:
    return _bits(data[:128], chance) + data[128:]


def _extreme(data: bytes, chance: Random) -> bytes:
    width = chance.choice((1, 2, 4))
    number = (chance.choice(_EXTREMES) & (256**width - 1)).to_bytes(width, chance.choice(_ORDERS))
    start = chance.randrange(max(1, min(len(data), 400)))
    return data[:start] + number + data[start + width :]


def _overwritten(data: bytes, chance: Random) -> bytes:
    start, end = _run(data, chance)
    return data[:start] + chance.choice((b"\0", b"\xff")) * (end - start) + data[end:]


def _noise(data: bytes, chance: Random) -> bytes:
    start, end = _run(data, chance)
    return data[:start] + chance.randbytes(end - start) + data[end:]


def _removed(data: bytes, chance: Random) -> bytes:
    start, end = _run(data, chance)
    return data[:start] + data[end:]


def _repeated(data: bytes, chance: Random) -> bytes:
    start, end = _run(data, chance)
    return data[:end] + data[start:end] * chance.randint(1, 4) + data[end:]


def _truncated(data: bytes, chance: Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _run(data: bytes, chance: Random) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.choice((1, 4, 16, 64, 256)))


_ORDERS: tuple[str, str] = ("big", "little")
MUTATIONS: tuple[Mutation, ...] = (
    _bits,
    _head_bits,
    _extreme,
    _overwritten,
    _noise,
    _removed,
    _repeated,
    _truncated,
)


def with_checksums(data: bytes) -> bytes:
    """A PNG whose chunks have right checksums, so that what they hold is read; others as is."""
    if not data.startswith(PNG):
        return data
    mended, at = [PNG], len(PNG)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if at + 12 + length > len(data):
            break
        body = data[at + 4 : at + 8 + length]
        mended.append(data[at : at + 4] + body + struct.pack(">I", zlib.crc32(body)))
        at += 12 + length
    return b"".join([*mended, data[at:]])
