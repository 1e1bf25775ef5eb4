"""Where a photo stands among its near duplicates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class GroupPlace:
    """Where a photo stands among its near duplicates: `rank` 1 is the best of `size`.

    `kind`: another shot of the scene (`burst`), or a copy of a shot before it (`copy`); None for
    the best itself. `why` says in plain words what put it in its place.
    """

    group: int
    size: int
    rank: int
    kind: Literal["copy", "burst"] | None = None
    why: str = ""
