"""What is known about a metric: the facts beside its function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from runners.technical.metrics.reading import Reading

GREY_PREVIEW = "grey_preview"

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Metric:
    """One technical metric.

    `function` turns the view named by `view` (uint8; the grey preview is [h, w]) into a Reading.
    `range` is (lowest, highest); `direction` says what a high value means. `version` rises when the
    same picture may give another value, so that caches let go. `summary` is for photographers.
    """

    name: str
    function: Callable[[Pixels], Reading]
    range: tuple[float, float]
    direction: str
    version: int
    summary: str
    view: str = GREY_PREVIEW
