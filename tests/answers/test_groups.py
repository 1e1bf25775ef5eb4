"""Near duplicates among the outcomes of a batch."""

from __future__ import annotations

from dataclasses import replace

from framed.answers.batch import ItemOutcome
from framed.answers.groups import near_duplicates
from framed.errors import Code, FramedError
from framed.results import Measurements
from tests.culling.pictures import encoded, sample, shot
from tests.wires.results import PHOTO, features


def outcome(index: int, data: bytes) -> ItemOutcome:
    """As the photo of that file is answered; to the model all are alike."""
    seen = shot(index, data)
    photo = replace(PHOTO, original_size=seen.size, format=seen.format, sha256=seen.sha256)
    measured = Measurements({"sharpness_local": 0.5, "exposure": 0.7, "brisque": 0.5})
    found = replace(features(), photo=photo, measurements=measured, likeness=seen.likeness)
    return ItemOutcome(index, found, 0.0)


COPY, ORIGINAL = encoded(sample("cat", 300), 70), encoded(sample("cat", 700), 90)
OTHER = encoded(sample("coffee", 700), 90)


def test_each_photo_knows_its_place() -> None:
    """Its group in the order in which they came, the group's size, its rank, and why."""
    places = near_duplicates([outcome(0, COPY), outcome(1, OTHER), outcome(2, ORIGINAL)], 0.9)
    assert [(places[at].group, places[at].size, places[at].rank) for at in range(3)] == [
        (0, 2, 2),
        (1, 1, 1),
        (0, 2, 1),
    ]
    assert [places[at].kind for at in range(3)] == ["copy", None, None]
    assert places[0].why.startswith("a copy of 300 x ")
    assert places[1].why == "nothing in this batch shows the same"


def test_failed_items_have_no_place() -> None:
    """A photo that was not looked at is in no group, and shifts nobody's index."""
    failed = ItemOutcome(0, FramedError(Code.CORRUPT, "broken"), 0.0)
    fallen = ItemOutcome(2, replace(features(), classification=None, fallback=("sea",)), 0.0)
    assert list(near_duplicates([failed, outcome(1, OTHER), fallen], 0.9)) == [1]
