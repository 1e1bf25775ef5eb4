"""What is known about a metric: the facts beside its function, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from framed.photo import FULL_CROP, GREY_PREVIEW, LUMA, RGB, PlaneName
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading

__all__ = ["FULL_CROP", "GREY_PREVIEW", "LUMA", "OURS", "RGB", "Direction", "Metric", "OfDrawn"]

OURS = "framed"

Direction = Literal["higher is better", "higher is worse", "neither is better"]
OfDrawn = Literal["reading", "number", "nothing"]


def no_finding(_: Reading) -> None:
    """The finding of a metric that has nothing to say in words."""


@dataclass(frozen=True)
class Metric:
    """One technical metric.

    `function` turns a picture (the view named by `view`) into a Reading. `range` is (lowest,
    highest); `high` and `low` tell a photographer what such a value means. `extras` are the names
    of the numbers beside the value that stand with it (`Reading.extras`). `version` rises when the
    same picture may give another reading or finding, so that caches let go. `backend` is whose
    code runs. `finding` puts a reading into a few plain words, or gives None where there is nothing
    to say. `headline` is False where the value is a hint that belongs with the details.
    `on_request` is True where it is measured only when asked for. `of_drawn` is what a drawn,
    written or plain picture gets: the whole reading, its numbers without the finding, or nothing
    where the numbers are about photos alone.
    """

    name: str
    function: Callable[[Picture], Reading]
    range: tuple[float, float]
    direction: Direction
    high: str
    low: str
    version: int
    view: PlaneName = GREY_PREVIEW
    extras: tuple[str, ...] = ()
    backend: str = OURS
    finding: Callable[[Reading], str | None] = no_finding
    headline: bool = True
    on_request: bool = False
    of_drawn: OfDrawn = "number"
