"""A few photos become many that differ."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from scripts.peers.views import views
from tests.scripts.peers.made import SAMPLE


@pytest.fixture(scope="module")
def made() -> list[bytes]:
    """The views of one photo."""
    return views([SAMPLE.read_bytes()])


def test_all_differ_and_are_of_1024_px(made: list[bytes]) -> None:
    """Whole and cut, as they are and mirrored."""
    assert len(set(made)) == len(made) == 26
    sizes = {
        max(cv2.imdecode(np.frombuffer(each, np.uint8), cv2.IMREAD_COLOR).shape) for each in made
    }
    assert sizes == {1024}


def test_photos_take_turns(made: list[bytes]) -> None:
    """So that the first few views are of all of them; they are the same each time."""
    mixed = views([SAMPLE.read_bytes(), SAMPLE.with_name("cat.jpg").read_bytes()])
    assert mixed[::2] == made
    assert not set(mixed[1::2]) & set(made)
