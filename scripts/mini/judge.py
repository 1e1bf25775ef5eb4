"""How good a head is on photos of sources that were never trained on: what a snapshot is chosen
by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from scripts.evaluation import measures
from scripts.evaluation.truth import Mask, Truth
from scripts.mini.labels import FLAT
from scripts.mini.material import Rows
from scripts.mini.tags import group_of

Floats = npt.NDArray[np.float32]
_SEED = 15
GENERAL = frozenset(  # labels that fit half of all photos, and so do not say what one is of
    (FLAT, "nature", "outdoor", "scenic", "indoor", "travel", "vacation", "urban", "sky", "water",
     "colorful", "wide shot", "landscape", "action", "close-up", "tree", "cloud", "panorama")
)  # fmt: skip
CHOSEN_BY = ("core", "precision", "auroc", "groups", "words", "attributes")


@dataclass(frozen=True)
class TextRows:
    """Unit rows of the texts that a judgement needs, by one text tower."""

    labels: Floats
    groups: Floats
    words: Floats | None


@dataclass(frozen=True)
class Jury:
    """Photos for judging, as features: left-out sources, kept-out nouns, views of the former."""

    photos: Rows
    truth: Truth
    groups: tuple[str | None, ...]
    group_names: tuple[str, ...]
    noun_features: Floats
    noun_columns: npt.NDArray[np.int64]
    nouns: tuple[str, ...]
    views: Rows
    noun_rows: Floats | None = None  # known once there is a text tower, as the next
    group_rows: Floats | None = None

    def figures(self, seen: Mapping[str, Floats], texts: TextRows) -> dict[str, float]:
        """Figures in 0..1 by name; `seen` has unit rows of "photos", "nouns" and "views"."""
        found: dict[str, float | None] = {}
        if len(self.photos):
            found |= self._ranking(_cosines(seen["photos"], texts.labels))
            found |= self._grouped(_cosines(seen["photos"], texts.groups))
        if len(self.noun_columns) and texts.words is not None:
            found["words"] = self._nouns(_cosines(seen["nouns"], texts.words))
        if len(self.views):
            found["attributes"] = self._attributes(_cosines(seen["views"], texts.labels))
        return {name: value for name, value in found.items() if value is not None}

    def lines(self, name: Callable[[Mapping[str, Any]], str]) -> Iterator[dict[str, Any]]:
        """The left-out photos as lines of a labelled list; those without any label are left out."""
        for at, entry in enumerate(self.photos.entries):
            if not self.truth.acceptable[at].any():
                continue
            yield {
                "photo": name(entry),
                "labels": self._labels(self.truth.acceptable[at]),
                "core": self._labels(self.truth.core[at]),
                "group": self.groups[at],
                "unknown": self._labels(~self.truth.judged[at]),
            }

    def _labels(self, mask: Mask) -> list[str]:
        return [label for label, is_in in zip(self.truth.labels, mask, strict=True) if is_in]

    def _ranking(self, scores: measures.Scores) -> dict[str, float | None]:
        order = measures.best_first(scores, self.truth)
        confidence, right = measures.confidences(scores, self.truth, 0.01)
        reliability = measures.reliability(confidence, right)
        return {
            "core": measures.core_in_first(order, self.truth),
            "precision": measures.precision(order, self.truth),
            "first": measures.first_is_acceptable(order, self.truth),
            "auroc": measures.macro_auroc(scores, self.truth),
            "confidence": reliability.mean_confidence if reliability else None,
            "calibration error": reliability.expected_error if reliability else None,
        }

    def _grouped(self, scores: measures.Scores) -> dict[str, float | None]:
        have = [at for at, group in enumerate(self.groups) if group]
        own = [self.groups[at] for at in have]
        by_group = measures.group_accuracy(scores[have], own, self.group_names)
        macro = float(np.mean(list(by_group.values()))) if by_group else None
        return {"groups": macro, **{f"group {name}": it for name, it in by_group.items()}}

    def _nouns(self, scores: measures.Scores) -> float:
        dice = np.random.default_rng(_SEED)
        wins = measures.one_of_ten(scores, self.noun_columns, dice)
        present = np.unique(self.noun_columns)
        return float(np.mean([wins[self.noun_columns == at].mean() for at in present]))

    def _attributes(self, scores: measures.Scores) -> float | None:
        shares = [
            measures.in_first(scores[self.views.attribute == at], int(at), 3)
            for at in np.unique(self.views.attribute)
            if at >= 0
        ]
        return float(np.mean(shares)) if shares else None


def score(figures: Mapping[str, float]) -> float:
    """What snapshots are compared by: the mean of the figures that a checkpoint must reach."""
    return float(np.mean([figures[name] for name in CHOSEN_BY if name in figures] or [0.0]))


def jury_of(
    photos: Rows,
    labels: Sequence[str],
    nouns: Sequence[str],
    noun_photos: Sequence[tuple[str, Floats]],
    views: Rows,
) -> Jury:
    """A jury of left-out `photos`; `noun_photos` are (noun, features [1280]) pairs."""
    known = np.array([[label != FLAT for label in labels]])
    positive, judged = (photos.target > 0.5) & known, (photos.weight > 0) & known
    core = positive & np.array([[label not in GENERAL for label in labels]])
    given = [entry.get("core") for entry in photos.entries]
    for at, names in enumerate(given):
        if names is not None:
            core[at] = [label in names for label in labels]
    groups = tuple(group_of(entry) for entry in photos.entries)
    columns = np.array([list(nouns).index(noun) for noun, _ in noun_photos], np.int64)
    features = [row for _, row in noun_photos]
    return Jury(
        photos,
        Truth(tuple(labels), positive, core, judged),
        groups,
        tuple(sorted({group for group in groups if group})),
        np.stack(features) if features else np.zeros((0, 1), np.float32),
        columns,
        tuple(nouns),
        views,
    )


def _cosines(seen: Floats, rows: Floats) -> measures.Scores:
    cosines: measures.Scores = seen.astype(np.float64) @ rows.astype(np.float64).T
    return cosines
