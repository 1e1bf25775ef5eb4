"""Everything that is measured of a model on a list, each figure beside the constant guess."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from framed.photo import Pixels
from scripts.evaluation import measures
from scripts.evaluation.listing import LabelledPhoto, NamedPhoto
from scripts.evaluation.measures import Reliability, Scores
from scripts.evaluation.truth import truth_of
from scripts.evaluation.versions import VERSIONS, changed

ATTRIBUTE_TOP = 3
OWN_TEMPERATURE = 0.01
_SEED = 15

Rows = npt.NDArray[np.float32]
Read = Callable[[str], bytes]


class Watched(Protocol):
    """Shows how far a loop is, as it goes."""

    def __call__(self, items: Sequence[Any], what: str) -> Iterable[Any]: ...


class Sees(Protocol):
    """What the evaluation needs of a model; `scripts.evaluation.model.Evaluated` is one."""

    def square(self, data: bytes) -> Pixels: ...
    def see(self, squares: Iterable[Pixels]) -> Rows: ...
    def label_rows(self, labels: Sequence[str], templates: Sequence[str]) -> Rows: ...


@dataclass(frozen=True)
class Figure:
    """A measured share or area in 0..1, and what the same answer to every photo would get.

    `value` is None where the list cannot tell.
    """

    name: str
    value: float | None
    constant: float | None = None


@dataclass
class Report:
    """All figures of a model, its parts by label, group and attribute, and its reliability."""

    figures: list[Figure] = field(default_factory=list)
    parts: dict[str, dict[str, float]] = field(default_factory=dict)
    reliability: Reliability | None = None

    def value(self, name: str) -> float | None:
        """The figure of this name; raises `KeyError`."""
        return {figure.name: figure.value for figure in self.figures}[name]


def on_labels(
    model: Sees,
    photos: Sequence[LabelledPhoto],
    read: Read,
    bank: tuple[Sequence[str], Sequence[str]],
    watched: Watched,
    *,
    temperature: float = OWN_TEMPERATURE,
    attributes: bool = True,
) -> Report:
    """What the model says of labelled photos; `bank` is (labels, templates).

    With `attributes` each photo is looked at in four versions more, less those in which nothing
    changed. Raises what reading raises.
    """
    labels, templates = bank
    bank_rows = model.label_rows(labels, templates)
    seen = model.see(model.square(read(it.photo)) for it in watched(photos, "photos"))
    report = Report()
    _ranking(report, _scores(seen, bank_rows), photos, labels, temperature)
    _groups(report, model, seen, photos, templates)
    if attributes:
        for name, (label, change) in VERSIONS.items():
            if label in labels:
                squares = (model.square(read(it.photo)) for it in watched(photos, name))
                versions = changed(squares, change)
                if (first := next(versions, None)) is None:
                    continue
                scores = _scores(model.see(chain((first,), versions)), bank_rows)
                column = list(labels).index(label)
                _attribute(report, name, label, measures.in_first(scores, column, ATTRIBUTE_TOP))
        _attribute_mean(report)
    return report


def on_words(
    model: Sees,
    photos: Sequence[NamedPhoto],
    read: Read,
    templates: Sequence[str],
    watched: Watched,
    *,
    seed: int = _SEED,
) -> Report:
    """Whether the right noun beats nine random others of the list, a figure a noun and their
    mean."""
    words = sorted({photo.word for photo in photos})
    rows = model.label_rows(words, templates)
    seen = model.see(model.square(read(it.photo)) for it in watched(photos, "words"))
    own = np.array([words.index(photo.word) for photo in photos], np.int64)
    wins = measures.one_of_ten(_scores(seen, rows), own, np.random.default_rng(seed))
    by_word = {word: float(wins[own == at].mean()) for at, word in enumerate(words)}
    report = Report(parts={"words": by_word})
    chance = 1 / min(10, len(words))
    report.figures.append(Figure("unseen words", float(np.mean(list(by_word.values()))), chance))
    return report


def merged(first: Report, second: Report) -> Report:
    """Both reports' figures and parts; the reliability of the first."""
    return Report(
        [*first.figures, *second.figures], {**first.parts, **second.parts}, first.reliability
    )


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain JSON values."""
    return {
        "figures": {it.name: {"value": it.value, "constant": it.constant} for it in report.figures},
        "parts": report.parts,
        "reliability": vars(report.reliability) if report.reliability else None,
    }


def _scores(seen: Rows, rows: Rows) -> Scores:
    scores: Scores = seen.astype(np.float64) @ rows.astype(np.float64).T
    return scores


def _ranking(
    report: Report,
    scores: Scores,
    photos: Sequence[LabelledPhoto],
    labels: Sequence[str],
    temperature: float,
) -> None:
    truth = truth_of(photos, labels)
    order = measures.best_first(scores, truth)
    frequent = measures.frequent_order(truth.acceptable)
    greedy = measures.constant_order(truth, truth.core)
    first = measures.first_is_acceptable(order, truth)
    first_constant = measures.first_is_acceptable(frequent, truth)
    report.figures += [
        Figure(
            "core label in first 5",
            measures.core_in_first(order, truth),
            measures.core_in_first(greedy, truth),
        ),
        Figure(
            "precision at 5", measures.precision(order, truth), measures.precision(frequent, truth)
        ),
        Figure("first label acceptable", first, first_constant),
        Figure("lift of the first label", first - first_constant, 0.0),
        Figure("macro AUROC", measures.macro_auroc(scores, truth), 0.5),
    ]
    report.parts["AUROC"] = measures.auroc_by_label(scores, truth)
    confidence, right = measures.confidences(scores, truth, temperature)
    report.reliability = measures.reliability(confidence, right)
    if report.reliability:
        report.figures += [
            Figure("mean confidence", report.reliability.mean_confidence),
            Figure("expected calibration error", report.reliability.expected_error),
        ]


def _groups(
    report: Report,
    model: Sees,
    seen: Rows,
    photos: Sequence[LabelledPhoto],
    templates: Sequence[str],
) -> None:
    names = sorted({photo.group for photo in photos if photo.group})
    grouped = [at for at, photo in enumerate(photos) if photo.group]
    if len(names) < 2:
        return
    scores = _scores(seen[grouped], model.label_rows(names, templates))
    by_group = measures.group_accuracy(scores, [photos[at].group for at in grouped], names)
    report.parts["groups"] = by_group
    macro = float(np.mean(list(by_group.values())))
    report.figures.append(Figure(f"{len(names)} groups, macro", macro, 1 / len(names)))


def _attribute(report: Report, name: str, label: str, share: float) -> None:
    report.parts.setdefault("attributes", {})[f"{name}: {label}"] = share


def _attribute_mean(report: Report) -> None:
    shares: Mapping[str, float] = report.parts.get("attributes", {})
    if shares:
        mean = float(np.mean(list(shares.values())))
        report.figures.append(Figure(f"attribute in first {ATTRIBUTE_TOP}", mean))
