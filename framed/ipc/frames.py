"""A value on the wire: pickled, with its arrays beside it as they lie in memory.

It stays between the processes of one server, on sockets that only its user can reach.
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Any

_HEAD = struct.Struct("<QI")  # bytes of the pickle, number of arrays; the arrays' bytes follow
_LENGTH = struct.Struct("<Q")
_ALIGNED = 64  # an array begins where vector units like it
MOST_BYTES = 2**32  # of a frame; a photo's views are megabytes


class BrokenFrameError(ConnectionError):
    """What came is no frame: the connection is of no use any more."""


Piece = bytes | memoryview


def frame(value: Any) -> list[Piece]:
    """`value` as pieces to send one after another; arrays that are contiguous are not copied."""
    arrays: list[pickle.PickleBuffer] = []
    body = pickle.dumps(value, protocol=5, buffer_callback=arrays.append)
    raw = [array.raw() for array in arrays]
    lengths = [len(body), *map(len, raw)]
    head = _HEAD.pack(len(body), len(raw)) + b"".join(map(_LENGTH.pack, lengths[1:]))
    pieces: list[Piece] = [head]
    for piece in (memoryview(body), *raw):
        pieces.append(piece)
        pieces.append(bytes(_padding(len(piece))))
    return pieces


class Frames:
    """Takes bytes as they come, and gives the values that are whole."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> Iterator[Any]:
        """The values that `data` completes, in the order in which they were sent.

        Raises `BrokenFrameError` for what is no frame.
        """
        self._bytes += data
        while (lengths := self._lengths()) is not None:
            padded = [length + _padding(length) for length in lengths]
            begin = _HEAD.size + _LENGTH.size * (len(lengths) - 1)
            end = begin + sum(padded)
            if end > MOST_BYTES:
                raise BrokenFrameError(f"a frame of {end} bytes")
            if len(self._bytes) < end:
                return
            whole = memoryview(bytearray(memoryview(self._bytes)[begin:end]))
            del self._bytes[:end]
            yield _value(whole, lengths, padded)

    def _lengths(self) -> list[int] | None:
        """Bytes of the pickle and of each array; None while they are not there."""
        if len(self._bytes) < _HEAD.size:
            return None
        body, arrays = _HEAD.unpack_from(self._bytes)
        if arrays * _LENGTH.size > MOST_BYTES:
            raise BrokenFrameError(f"a frame of {arrays} arrays")
        end = _HEAD.size + _LENGTH.size * arrays
        if len(self._bytes) < end:
            return None
        return [body, *struct.unpack_from(f"<{arrays}Q", self._bytes, _HEAD.size)]


def _value(whole: memoryview, lengths: list[int], padded: list[int]) -> Any:
    starts = accumulate(padded, initial=0)
    body, *arrays = (
        whole[start : start + length]
        for (start, _), length in zip(pairwise(starts), lengths, strict=True)
    )
    try:
        return pickle.loads(body, buffers=arrays)
    except (pickle.UnpicklingError, EOFError, ValueError) as error:
        raise BrokenFrameError(f"a frame that is no value: {error}") from error


def _padding(length: int) -> int:
    return -length % _ALIGNED
