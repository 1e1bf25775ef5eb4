"""What is answered by the rules of a server: orders, and the gate."""

from __future__ import annotations

import numpy as np
import pytest

from framed.bank_structure import BankStructure
from runners.clip.choosing import Table
from runners.clip.ranking import softmax
from scripts.evaluation.scores.chosen import GATED, UNGATED, first_right, gated
from scripts.evaluation.truth import Truth

LABELS = tuple("abcdefg")
COSINES = np.array([0.30, 0.29, 0.28, 0.27, 0.26, 0.25, 0.24])
MATCH = np.array([0.1, 0.9, 0.1, 0.8, 0.3, 0.2, 0.1])
TABLE = Table(
    LABELS, BankStructure(), COSINES, softmax(COSINES, 0.01), MATCH, MATCH, np.full(7, 0.3)
)


def truth(acceptable: str, core: str, unknown: str = "") -> Truth:
    rows = [np.array([[label in some for label in LABELS]]) for some in (acceptable, core, unknown)]
    return Truth(LABELS, rows[0], rows[1], ~rows[2])


def test_orders_have_a_first_label_each() -> None:
    """b is first by match, a by prob."""
    found = first_right([TABLE], truth("b", "b"))
    assert found["order=prob"]["first right"] == 0.0
    assert found["order=match"]["first right"] == 1.0


def test_the_gate_drops_before_it_cuts() -> None:
    """Of the first five a and c go, and f, the sixth, moves up."""
    found = gated([TABLE], truth("bdf", "f"))
    assert found[UNGATED] == {
        "core among them": 0.0, "precision": pytest.approx(2 / 5), "labels a photo": 5.0,
    }  # fmt: skip
    assert found[GATED] == {
        "core among them": 1.0, "precision": pytest.approx(3 / 4), "labels a photo": 4.0,
    }  # fmt: skip


def test_labels_that_nobody_judged_are_passed_over() -> None:
    """Another one stands in their place."""
    found = gated([TABLE], truth("bdf", "f", "a"))
    assert found[UNGATED]["core among them"] == 1.0


def test_an_empty_answer_is_no_fault() -> None:
    """Where nothing passes the gate nothing is wrong, either."""
    weak = Table(LABELS, BankStructure(), COSINES, COSINES, MATCH, MATCH / 10, MATCH)
    found = gated([weak], truth("a", "a"))[GATED]
    assert (found["precision"], found["labels a photo"]) == (None, 0.0)
