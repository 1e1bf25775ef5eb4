"""What examples of a list are worth, on photos of known vectors."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.evaluation.scores.examples import LESSONS, by_examples
from scripts.evaluation.truth import Truth, truth_of
from tests.scripts.evaluation.scores.colours import COLOURS, photo, served, units

ASKED = served()
BANK, BACKGROUND = ASKED.own.bank, ASKED.reference.background
NAMES = [colour for colour in COLOURS for _ in range(8)]
DICE = np.random.default_rng(3)
PHOTOS = units([np.array(COLOURS[name]) / 255 + DICE.normal(0, 0.2, 3) for name in NAMES])


def truth(*said: str) -> Truth:
    return truth_of([photo(name, name, *said) for name in NAMES], tuple(COLOURS))


def test_each_lesson_from_as_many_photos_as_half_the_list_has() -> None:
    """Of 48 photos ten or twenty are examples; the same figures each time."""
    found = by_examples(PHOTOS, BANK, BACKGROUND, truth())
    assert list(found) == [f"{name}, {count} photos" for name in LESSONS for count in (10, 20)]
    assert found == by_examples(PHOTOS, BANK, BACKGROUND, truth())
    assert by_examples(PHOTOS[:19], BANK, BACKGROUND, truth()) == {}


def test_examples_tell_how_frequent_a_label_is() -> None:
    """What is true of most photos is found by offsets, not by one line for all labels."""
    often = truth("night")
    found = by_examples(PHOTOS, BANK, BACKGROUND, often)
    line, offsets = (found[f"{name}, 20 photos"] for name in list(LESSONS)[:2])
    for figure in ("micro AP", "F1 at .5"):
        assert (offsets[figure] or 0) > (line[figure] or 0) + 0.05


def test_figures_are_of_photos_that_were_no_examples() -> None:
    """Photos that are all alike teach nothing of each other; where nothing was judged there is no
    figure."""
    nothing = Truth(BANK.labels, *[np.zeros((48, 6), bool)] * 3)
    (figures,) = {
        tuple(each.values()) for each in by_examples(PHOTOS, BANK, BACKGROUND, nothing).values()
    }
    assert figures == (None, None, None)
    blind = np.repeat(PHOTOS[:1], 48, axis=0)
    found = by_examples(blind, BANK, BACKGROUND, truth())
    assert found["+ prototypes, 20 photos"]["micro AP"] == pytest.approx(1 / 6, abs=0.1)
