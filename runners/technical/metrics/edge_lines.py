"""A line around a picture so thin that the preview has less than a pixel of it.

Its outermost rows are then a mix of line and picture: darker or lighter than the next ones nearly
all along, by a step that the rows after them do not go on with, and so on every side.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

_STEP = 3.0  # grey levels, mean of a row, from the first to the second
_ON = 0.5  # of the step; a fading sky or a vignette goes on by as much
_STRAY = 4  # grey levels by which a pixel may go the other way
_ALONG, _CLEAR = 0.9, 3  # share of a row, and sides of four; the fourth may be as dark as the line


def has_thin_line(sides: Sequence[Pixels]) -> bool:
    """Whether a picture has one, by its four sides [n, length], each with its edge on top."""
    rows = [side[:3].astype(np.int16) for side in sides]
    steps = [float((row[1] - row[0]).mean()) for row in rows]
    lighter = sum(steps) > 0
    return (
        all(_keeps_to(row, lighter) for row in rows)
        and sum(
            _is_step(row, step if lighter else -step) for row, step in zip(rows, steps, strict=True)
        )
        >= _CLEAR
    )


def _is_step(row: npt.NDArray[np.int16], step: float) -> bool:
    return step >= _STEP and abs(float((row[2] - row[1]).mean())) <= _ON * step


def _keeps_to(row: npt.NDArray[np.int16], lighter: bool) -> bool:
    """Whether next to no pixel of the second row lies on the other side of the first."""
    away = row[1] - row[0] if lighter else row[0] - row[1]
    return bool((away >= -_STRAY).mean() >= _ALONG)
