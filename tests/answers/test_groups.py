"""Near duplicates: one scene around its sharpest shot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from framed.answers.batch import ItemOutcome
from framed.answers.groups import near_duplicates
from framed.errors import Code, FramedError
from framed.results import GroupPlace
from tests.wires.results import features, ranking


def turned(degrees: float) -> npt.NDArray[np.float32]:
    """A unit vector in the plane."""
    angle = np.radians(degrees)
    return np.array([np.cos(angle), np.sin(angle)], np.float32)


def outcome(index: int, degrees: float, sharpness: float | None) -> ItemOutcome:
    found = features(ranked=ranking(embedding=turned(degrees)))
    measured = replace(found.measurements, values={"sharpness_local": sharpness})
    return ItemOutcome(index, replace(found, measurements=measured), 0.0)


def test_ranks_by_sharpness_inside_a_group() -> None:
    """Two scenes: each photo knows its group, its size, and its rank there."""
    shots = [outcome(0, 0, 0.3), outcome(1, 90, 0.9), outcome(2, 5, 0.8), outcome(3, 3, 0.5)]
    assert near_duplicates(shots, 0.95) == {
        0: GroupPlace(group=0, size=3, rank=3),
        1: GroupPlace(group=1, size=1, rank=1),
        2: GroupPlace(group=0, size=3, rank=1),
        3: GroupPlace(group=0, size=3, rank=2),
    }


def test_a_chain_of_small_changes_does_not_run_away() -> None:
    """Each photo is near its group's best, not only near a neighbour."""
    pan = [outcome(index, 10.0 * index, 1.0 - index / 10) for index in range(6)]
    places = near_duplicates(pan, float(np.cos(np.radians(15))))
    assert [places[index].group for index in range(6)] == [0, 0, 1, 1, 2, 2]


def test_photos_without_a_number_rank_last() -> None:
    """A null is not sharper than anything; equal photos stay in the order they came."""
    shots = [outcome(0, 0, None), outcome(1, 0, 0.1), outcome(2, 0, None)]
    places = near_duplicates(shots, 0.9)
    assert [places[index].rank for index in range(3)] == [2, 1, 3]


def test_failed_items_have_no_place() -> None:
    """A photo that was not looked at is in no group, and shifts nobody's index."""
    failed = ItemOutcome(0, FramedError(Code.CORRUPT, "broken"), 0.0)
    fallen = ItemOutcome(2, replace(features(), classification=None, fallback=("sea",)), 0.0)
    assert list(near_duplicates([failed, outcome(1, 0, 0.5), fallen], 0.9)) == [1]


def test_the_same_photo_twice_is_one_group() -> None:
    """Even at a similarity of 1, though a unit vector times itself is not quite 1."""
    shots = [outcome(index, angle, 0.5) for index, angle in enumerate([11, 11, 47, 47, 80, 80])]
    places = near_duplicates(shots, 1.0)
    assert [places[index].group for index in range(6)] == [0, 0, 1, 1, 2, 2]


def test_the_order_of_arrival_changes_nothing() -> None:
    """The same photos finished in another order stand in the same groups."""
    shots = [outcome(index, 7.0 * index, (index * 37 % 11) / 11) for index in range(12)]
    assert near_duplicates(shots[::-1], 0.97) == near_duplicates(shots, 0.97)
