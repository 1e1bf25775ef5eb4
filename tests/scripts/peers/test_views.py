"""A few photos become many that differ."""

from __future__ import annotations

import cv2
import numpy as np

from scripts.peers.views import views
from tests.scripts.peers.made import SAMPLE


def test_all_differ_and_are_of_1024_px() -> None:
    """And are the same the next time."""
    jpeg = SAMPLE.read_bytes()
    made = views([jpeg])
    assert len(set(made)) == len(made) == 26
    sizes = {
        max(cv2.imdecode(np.frombuffer(each, np.uint8), cv2.IMREAD_COLOR).shape) for each in made
    }
    assert sizes == {1024}
    assert views([jpeg]) == made
