"""The lines that `calibrate` prints say what was learnt, and what it is worth."""

from __future__ import annotations

import numpy as np
import pytest

from framed.bank_structure import BankStructure
from framed.calibrating.report import (
    compared,
    figure_lines,
    label_lines,
    losses,
    promise,
    too_few,
    warnings,
)
from framed.scores.calibration import Calibration
from framed.scores.judging import Pairs

LEARNT = Calibration(
    key="k",
    photos=12,
    slope=1.25,
    offset=-2.5,
    offsets={"sea": 0.5, "dog": -1.0, "art": -0.25, "night": -0.75},
    counts={"sea": 4, "dog": 2, "art": 0, "night": 0},
)
PAIRS = Pairs(np.array([0.9, 0.8, 0.35, 0.1]), np.array([True, False, True, False]))
NOTHING = Pairs(np.zeros(0), np.zeros(0, bool))


def test_figures_stand_below_each_other() -> None:
    """Before and after; none where there is nothing to measure."""
    head, before, after = figure_lines(compared(PAIRS, NOTHING, None))
    assert head.split() == ["micro", "AP", "ECE", "F1", "at", ".5", "F1", "at", ".3"]
    assert before.split() == ["before", "0.833", "0.412", "0.50", "0.80"]
    assert after.split()[-4:] == ["-", "-", "-", "-"]
    assert len(head) == len(before) == len(after)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("shipped", "served now (12 reference photos)"),
        ("file", "served now (calibration.json, 12 photos)"),
    ],
)
def test_what_is_served_now_has_a_line(source: str, name: str) -> None:
    """It is told what that has learnt from; the figures stand below each other all the same."""
    served = Calibration(**{**vars(LEARNT), "source": source})
    lines = list(figure_lines(compared(PAIRS, PAIRS, (served, PAIRS))))
    assert lines[2].startswith(f"{name} ")
    assert lines[2].removeprefix(name).split() == ["0.833", "0.412", "0.50", "0.80"]
    assert len({len(line) for line in lines}) == 1


def test_what_was_better_is_warned_of() -> None:
    """The match before, and the one that is served now; not where it is as good, or unknown."""
    right = Pairs(PAIRS.match, np.array([True, True, False, False]))
    served = LEARNT, right
    assert list(losses(compared(right, right, served))) == []
    assert list(losses(compared(PAIRS, right, None))) == []
    assert list(losses(compared(right, NOTHING, served))) == []
    before, now = losses(compared(right, PAIRS, served))
    assert before == (
        "match gets worse by this: micro AP 1.000 before, 0.833 after; label more photos, or leave "
        "the bank as it is"
    )
    assert "served now (calibration.json, 12 photos), 0.833 after, unless that learnt from" in now


def test_each_label_with_examples_has_a_line() -> None:
    """The others are summed up in one."""
    line, _, *labels, others = label_lines(LEARNT)
    assert "1.25 z -2.50" in line
    assert "12 photos" in line
    assert [each.split() for each in labels] == [["sea", "4", "+0.50"], ["dog", "2", "-1.00"]]
    assert others == "and 2 without an example: -0.75 to -0.25"


def test_a_threshold_is_told_by_what_it_keeps() -> None:
    """The promise where one was made, else what was found; with the precision."""
    assert promise(PAIRS, 0.3, 0.9) == (
        "keeps about 90 % of true labels at match >= 0.3, precision 0.67"
    )
    assert promise(PAIRS, 0.5, None) == (
        "keeps about 50 % of true labels at match >= 0.5, precision 0.50"
    )
    assert too_few(PAIRS, 0.9) == (
        "2 true labels are too few to promise 90 % of others, it takes 9"
    )


def test_little_to_learn_from_is_warned_of() -> None:
    """Few photos, few examples, words that are no labels, photos that cannot be read."""
    strange = {"se": "sea", "zz": None, **{f"w{number}": None for number in range(30)}}
    few = Calibration(**{**vars(LEARNT), "photos": 9, "match_threshold": 0.2})
    told = list(warnings(few, strange, BankStructure(match_threshold=0.4), ["a.jpg"], ["sea"]))
    assert told[0] == "the bank has no label 'se', it is ignored; did you mean 'sea'?"
    assert told[1] == "the bank has no label 'zz', it is ignored"
    assert told[20:] == [
        "nor has it 12 other words of the list",
        "photos that could not be read, and taught nothing: 1",
        "the match_threshold in the bank's own file, 0.4, stays",
        "9 photos teach little; label 10 or more",
        "fewer than 3 examples: dog (2)",
        "no example (`unknown`, if nobody looked for them): art, night",
        "true of all photos, so that match can tell nothing about it, without photos of which it "
        "is not true: sea",
    ]


def test_enough_of_all_is_no_warning() -> None:
    """Nothing is said where nothing is amiss."""
    enough = Calibration(**{**vars(LEARNT), "photos": 10, "counts": dict.fromkeys("ab", 3)})
    assert list(warnings(enough, {}, BankStructure(), (), ())) == []
