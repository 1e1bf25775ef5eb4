"""None of these: how often lists of wrong labels are refused, and lists with a right one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from framed.scores.nothing import none_match
from scripts.evaluation.measures import auroc
from scripts.evaluation.scores.judged import Figures
from scripts.evaluation.truth import Truth

Scores = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Best = Callable[[Scores], Scores]

LENGTHS = 1, 3, 10, 30
TOLD_AT = 10  # labels of the lists by which scores are told apart
FALSE = 0.05  # of the lists with a right label, refused by that threshold
TOLD, REFUSED = "none AUROC", "none refused"
_DRAWS = 20  # lists of a photo
_SEED = 15


@dataclass(frozen=True, eq=False)
class Lists:
    """n lists of L labels of a photo each: `photos` [n], and columns [n, L], all `wrong`, or with
    one that is `right`, that names what the photo is of, in place of a wrong one."""

    photos: Indices
    wrong: Indices
    right: Indices

    def of(self, scores: Scores) -> tuple[Scores, Scores]:
        """The scores of all wrong and of one right, [m, L]; without photos that lack a score."""
        whole = np.flatnonzero(np.isfinite(scores).all(axis=1))
        kept = np.isin(self.photos, whole)
        photos = self.photos[kept][:, None]
        return scores[photos, self.wrong[kept]], scores[photos, self.right[kept]]


def lists_of(truth: Truth, length: int, dice: np.random.Generator) -> Lists:
    """Some of every photo that has core labels and wrong ones enough."""
    drawn: list[tuple[int, Indices, Indices]] = []
    for row in range(len(truth.core)):
        core = np.flatnonzero(truth.core[row] & truth.judged[row])
        others = np.flatnonzero(~truth.acceptable[row] & truth.judged[row])
        if not len(core) or len(others) < length:
            continue
        for _ in range(_DRAWS):
            wrong = dice.choice(others, length, replace=False)
            drawn.append((row, wrong, np.append(wrong[1:], dice.choice(core))))
    columns = ([each[at] for each in drawn] for at in (1, 2))
    wrong, right = (np.array(each, np.intp).reshape(-1, length) for each in columns)
    return Lists(np.array([row for row, *_ in drawn], np.intp), wrong, right)


def refusals(z: Scores, truth: Truth) -> dict[str, Figures]:
    """By length, the share of lists of that many wrong labels that are refused, and of those with
    one right label; `z` [P, N] is that of own labels. The dice fall the same each time."""
    dice = np.random.default_rng(_SEED)
    figures: dict[str, Figures] = {}
    for length in LENGTHS:
        wrong, right = lists_of(truth, length, dice).of(z)
        if len(wrong):
            figures[f"lists of {length}"] = {
                "all wrong, refused": float(np.mean([none_match(each) for each in wrong])),
                "one right, refused": float(np.mean([none_match(each) for each in right])),
            }
    return figures


def told_lists(truth: Truth) -> Lists:
    """The lists by which scores are told apart, the same each time."""
    return lists_of(truth, TOLD_AT, np.random.default_rng(_SEED))


def highest(scores: Scores) -> Scores:
    """The best score of each list of [n, L]."""
    best: Scores = scores.max(axis=1)
    return best


def highest_share(logits: Scores) -> Scores:
    """The same of the softmax over each list, as a logarithm."""
    best: Scores = logits.max(axis=1) - np.logaddexp.reduce(logits, axis=1)
    return best


def told_apart(scores: Scores, lists: Lists, best: Best = highest) -> Figures:
    """How far the `best` of a list, of scores [P, N], tells whether one is right: AUROC, and the
    share of wrong lists that is refused where `FALSE` of the others are."""
    wrong, right = (best(each) for each in lists.of(scores))
    if not len(wrong):
        return {TOLD: None, REFUSED: None}
    refused = float((wrong < np.quantile(right, FALSE)).mean())
    return {TOLD: auroc(right, wrong), REFUSED: refused}
