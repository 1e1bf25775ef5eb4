"""One photo that waits for its turn, or has it: in which lane, how heavy, and until when."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from typing import Literal

from framed.settings import MIB

Lane = Literal["single", "batch"]

PER_MIB = 0.4  # an uncompressed photo of 8 MiB takes as long as four of a few hundred KB


@dataclass(eq=False)
class Ticket:
    """`weight`: in ordinary photos, as `weight_of` gives it. `end`: when its request is given up,
    on the loop's clock. `turn` is True once it has its turn, False where that comes too late."""

    lane: Lane
    weight: float = 1.0
    end: float = math.inf
    turn: asyncio.Future[bool] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


def weight_of(size: int) -> float:
    """What a photo of `size` bytes costs, in ordinary ones; known before its header is read."""
    return 1 + PER_MIB * size / MIB
