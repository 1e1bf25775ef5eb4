"""What of the labels is answered, by the rules of a server: orders, and the gate of match."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from framed.questions import DEFAULT_TOP_K, RankQuestion
from runners.clip.choosing import Table, best
from scripts.evaluation.scores.judged import Figures
from scripts.evaluation.truth import Truth

GATE = 0.2
UNGATED, GATED = "first five by prob", f"those of match {GATE} and more, cut at five"
SUBJECT = "subject"  # the group of a bank that names what is in the photo


def first_right(tables: Sequence[Table], truth: Truth) -> dict[str, Figures]:
    """Share of photos whose first label may be said of them, by order."""
    groups = (SUBJECT,) if SUBJECT in tables[0].structure.groups else ()
    return {
        f"order={order}": {"first right": _first_right(tables, truth, order)}
        for order in ("prob", "match", *groups)
    }


def gated(tables: Sequence[Table], truth: Truth) -> dict[str, Figures]:
    """The first five by prob as they are, and those of them that pass the gate of match."""
    return {
        UNGATED: _shown(tables, truth, RankQuestion()),
        GATED: _shown(tables, truth, RankQuestion(match_threshold=GATE)),
    }


def _first_right(tables: Sequence[Table], truth: Truth, order: str) -> float:
    chosen = _chosen(tables, truth, RankQuestion(order=order), 1)
    right = [truth.acceptable[row, labels].any() for row, labels in enumerate(chosen)]
    return float(np.mean(right))


def _shown(tables: Sequence[Table], truth: Truth, question: RankQuestion) -> Figures:
    chosen = _chosen(tables, truth, question, DEFAULT_TOP_K)
    fits = np.concatenate([truth.acceptable[row, labels] for row, labels in enumerate(chosen)])
    named = [
        bool(truth.core[row, labels].any())
        for row, labels in enumerate(chosen)
        if truth.core[row].any()
    ]
    return {
        "core among them": float(np.mean(named)) if named else None,
        "precision": float(fits.mean()) if len(fits) else None,
        "labels a photo": len(fits) / len(chosen),
    }


def _chosen(
    tables: Sequence[Table], truth: Truth, question: RankQuestion, top: int
) -> list[list[int]]:
    """The columns of the first `top` labels of each photo; labels not judged are passed over."""
    column = {label: at for at, label in enumerate(truth.labels)}
    enough = top + int((~truth.judged).sum(axis=1).max())
    answers = [[column[row.label] for row in best(each, question, enough)] for each in tables]
    return [
        [at for at in answer if truth.judged[row, at]][:top] for row, answer in enumerate(answers)
    ]
