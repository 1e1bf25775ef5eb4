"""`framed.culling.witness`: agreement of the whole picture, not of its parts."""

from __future__ import annotations

import numpy as np

from framed.culling.outline import outline_of
from framed.culling.witness import Agreement, agreement
from framed.photo import Pixels
from tests.culling.pictures import chat, encoded, framed, sample, shot


def thumbnail(image: object) -> Pixels:
    return shot(0, encoded(image, format="PNG")).likeness.thumbnail  # type: ignore[arg-type]


def agreed(one: Pixels, other: Pixels) -> Agreement | None:
    return agreement(outline_of(one), outline_of(other), 0.15)


def test_a_copy_lies_where_it_was() -> None:
    """Nothing moved, and every cell is the same."""
    scene = thumbnail(sample("coffee"))
    found = agreed(scene, scene)
    assert found is not None
    assert found.same_picture
    assert found.alignment.moved < 0.005


def test_a_shifted_shot_is_found_where_it_lies() -> None:
    """The movement is that of the camera: one scene, but not one picture."""
    scene = sample("coffee")
    found = agreed(thumbnail(framed(scene)), thumbnail(framed(scene, (0.05, -0.04))))
    assert found is not None
    assert found.same_scene
    assert not found.same_picture
    assert np.allclose(found.alignment.matrix[:, 2], [0.05 * 128, -0.04 * 128], atol=1.5)


def test_the_same_bubbles_are_no_witness() -> None:
    """What is alike in rows and columns counts for nothing."""
    found = agreed(thumbnail(chat(1, dark=False)), thumbnail(chat(2, dark=False)))
    assert found is None or not found.same_scene


def test_without_content_there_is_no_witness() -> None:
    """Not even of a plain picture for itself."""
    grey = np.full((128, 128), 128, np.uint8)
    found = agreed(grey, grey)
    assert found is None or not found.same_scene
