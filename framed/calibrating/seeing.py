"""Photos to rows of a model, decoded as the service decodes them, a few in memory at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

from framed.answers.looking import OVERSAMPLE
from framed.calibrating.listing import ListError
from framed.errors import FramedError
from framed.imaging.pool import DecodePool
from framed.photo import DecodeSpec, Pixels, SquareSpec, ViewSpec

Rows = npt.NDArray[np.float32]

TOGETHER = 8  # photos in one call of the model


@dataclass(frozen=True, eq=False)
class Seen:
    """A unit row [P, D] of each photo that could be read, the indices [P] of these, and why the
    others could not, by name."""

    rows: Rows
    kept: tuple[int, ...]
    faults: dict[str, str]


@dataclass(frozen=True)
class Eyes:
    """How photos come to a model: `read` gives the bytes of a name, `encode` takes squares
    [B, S, S, 3], cut as `square` says, to unit rows [B, D]; `memory_mb` (MiB) bounds decoding."""

    read: Callable[[str], bytes]
    encode: Callable[[npt.NDArray[np.uint8]], Rows]
    square: SquareSpec
    max_pixels: int
    memory_mb: int

    def see(self, names: Iterable[str]) -> Seen:
        """The photos of these names, in their order."""
        return asyncio.run(self._see(names))

    async def _see(self, names: Iterable[str]) -> Seen:
        pool = DecodePool(1, self.memory_mb)
        rows: list[Rows] = []
        waiting: list[Pixels] = []
        kept: list[int] = []
        faults: dict[str, str] = {}
        try:
            for index, name in enumerate(names):
                try:
                    waiting.append(await self._square(name, pool))
                    kept.append(index)
                except (ListError, FramedError) as fault:
                    faults[name] = str(fault)
                if len(waiting) == TOGETHER:
                    rows.append(self.encode(np.stack(waiting)))
                    waiting.clear()
        finally:
            pool.close()
        if waiting:
            rows.append(self.encode(np.stack(waiting)))
        return Seen(np.concatenate(rows or [np.zeros((0, 0), np.float32)]), tuple(kept), faults)

    async def _square(self, name: str, pool: DecodePool) -> Pixels:
        size = self.square.size
        decode = DecodeSpec(min_short_side=ceil(OVERSAMPLE * size), max_pixels=self.max_pixels)
        prepared = await pool.prepare(self.read(name), decode, ViewSpec(squares=(self.square,)))
        return prepared.views.squares[size]
