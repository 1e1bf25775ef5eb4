"""Uprights tell how the camera was held, wherever it looked."""

from __future__ import annotations

import numpy as np
import pytest

from runners.technical.lines.line import Horizon
from runners.technical.lines.pencil import Pencil
from runners.technical.lines.segments import long_segments, steep_of
from runners.technical.lines.uprights import (
    agree,
    are_known,
    may_be_masts,
    uprights_of,
)
from tests.technical.scenes.camera import Camera
from tests.technical.scenes.upright import facade

MANY = Pencil(degrees=0.0, doubt=0.1, members=20, length=4.0, share=0.9, spread=1.0)


def line(degrees: float) -> Horizon:
    return Horizon(degrees, 0.9, float(np.tan(np.radians(degrees))), -0.3)


@pytest.mark.parametrize("roll", [-8.0, 0.0, 3.0])
@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (35, 0), (-40, 12), (20, 25)])
def test_roll_is_told_from_any_side(roll: float, yaw: float, pitch: float) -> None:
    """From the side and from below, uprights lean left by as much as the right end is high."""
    camera = Camera(yaw, pitch, roll, height=3)
    grey = facade(np.random.default_rng(2), camera).grey()
    uprights = uprights_of(steep_of(long_segments(grey)), grey.shape[0] / grey.shape[1])
    assert uprights is not None
    assert are_known(uprights)
    assert uprights.degrees == pytest.approx(-roll, abs=0.6)


@pytest.mark.parametrize(
    "lack", [{"members": 3}, {"length": 0.2}, {"share": 0.2}, {"doubt": 0.8}, {"degrees": 25.0}]
)
def test_few_or_doubtful_ones_are_not_heard(lack: dict[str, float]) -> None:
    """Each lack alone is enough; leaning together counts where they are not at one."""
    assert are_known(MANY)
    assert not are_known(MANY._replace(**{"share": 0.5, **lack}))  # type: ignore[arg-type]


def test_level_line_is_given_more_room() -> None:
    """A tilt has to be the uprights' own; a level line may be off where they are not at one."""
    loose = MANY._replace(degrees=-2.0, share=0.5)
    assert agree(MANY._replace(degrees=-2.0), line(2.5))
    assert not agree(loose, line(3.5))
    assert agree(loose, line(0.2))
    assert not agree(loose._replace(share=0.9), line(0.2))


def test_masts() -> None:
    """Few that are not at one may be masts, many or agreeing ones are a building."""
    assert may_be_masts(MANY._replace(members=5, share=0.5))
    assert not may_be_masts(MANY)
    assert not may_be_masts(MANY._replace(members=5))
