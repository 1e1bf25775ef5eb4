"""The lines that `calibrate` prints say what was learnt, and what it is worth."""

from __future__ import annotations

import numpy as np

from framed.bank_structure import BankStructure
from framed.calibrating.report import figure_lines, label_lines, promise, warnings
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
    head, before, after = figure_lines(PAIRS, NOTHING)
    assert head.split() == ["micro", "AP", "ECE", "F1", "at", ".5", "F1", "at", ".3"]
    assert before.split() == ["before", "0.833", "0.412", "0.50", "0.80"]
    assert after.split()[-4:] == ["-", "-", "-", "-"]
    assert len(head) == len(before) == len(after)


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
    assert promise(PAIRS, 0.0, 0.9) == "2 true labels are too few to promise 90 % of others"


def test_little_to_learn_from_is_warned_of() -> None:
    """Few photos, few examples, words that are no labels, photos that cannot be read."""
    strange = {"se": "sea", "zz": None, **{f"w{number}": None for number in range(30)}}
    few = Calibration(**{**vars(LEARNT), "photos": 9, "match_threshold": 0.2})
    told = list(warnings(few, strange, BankStructure(match_threshold=0.4), ["a.jpg"]))
    assert told[0] == "the bank has no label 'se', it is ignored; did you mean 'sea'?"
    assert told[1] == "the bank has no label 'zz', it is ignored"
    assert told[20:] == [
        "nor has it 12 other words of the list",
        "photos that could not be read, and taught nothing: 1",
        "the match_threshold in the bank's own file, 0.4, stays",
        "9 photos teach little; label 10 or more",
        "fewer than 3 examples: dog (2)",
        "no example (`unknown`, if nobody looked for them): art, night",
    ]


def test_enough_of_all_is_no_warning() -> None:
    """Nothing is said where nothing is amiss."""
    enough = Calibration(**{**vars(LEARNT), "photos": 10, "counts": dict.fromkeys("ab", 3)})
    assert list(warnings(enough, {}, BankStructure(), ())) == []
