"""The figures of a server, of one life of it and of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scripts.peers.agreement import Agreement
from scripts.peers.truncated import Beside


@dataclass(frozen=True)
class Speed:
    """Of one life: photos a second and CPU ms a photo with 16 clients, p50 with one, seconds from
    its start to its first right answer."""

    photos_s: float
    cpu_ms: float
    p50_ms: float
    start_s: float


@dataclass(frozen=True)
class Once:
    """What is measured in one life only: memory in MB after so many requests, agreement, and the
    truncated photo."""

    memory_mb: float
    requests: int
    agreement: Agreement
    beside: Beside


@dataclass(frozen=True)
class Figures:
    """All of a server; `disk_mb` is its environment."""

    speed: Speed
    once: Once
    disk_mb: float


def best(speeds: Sequence[Speed]) -> Speed:
    """The best of each figure: whoever shares the machine only takes away."""
    return Speed(
        photos_s=max(each.photos_s for each in speeds),
        cpu_ms=min(each.cpu_ms for each in speeds),
        p50_ms=min(each.p50_ms for each in speeds),
        start_s=min(each.start_s for each in speeds),
    )
