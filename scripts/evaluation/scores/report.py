"""What prob, score and match tell of a labelled list, and which of them to trust."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from scripts.evaluation.figures import OWN_TEMPERATURE, Watched
from scripts.evaluation.listing import LabelledPhoto
from scripts.evaluation.measures import Reliability
from scripts.evaluation.scores.beside import beside
from scripts.evaluation.scores.chosen import first_right, gated
from scripts.evaluation.scores.examples import by_examples
from scripts.evaluation.scores.judged import (
    THRESHOLDS,
    Figures,
    at_threshold,
    figures_of,
    reliability,
)
from scripts.evaluation.scores.looking import Looks, look_at, stacked
from scripts.evaluation.scores.rivals import as_share, cosine
from scripts.evaluation.scores.served import Served
from scripts.evaluation.scores.wrong_lists import refusals
from scripts.evaluation.truth import Truth, truth_of

Scores = npt.NDArray[np.float64]

COSINE = "cosine, by a line"
PROB, OWN, BANK = "prob", "match of own labels", "match of the bank"
UNHEARD = "without the pixels' word"


@dataclass(frozen=True)
class ScoreReport:
    """Tables by name, each of figures by row and column, and the reliability of some scores over
    all pairs. A figure is None where the list cannot tell."""

    tables: Mapping[str, Mapping[str, Figures]] = field(default_factory=dict)
    reliability: Mapping[str, Reliability] = field(default_factory=dict)

    def value(self, table: str, row: str, column: str) -> float | None:
        """One figure; raises `KeyError`."""
        return self.tables[table][row][column]


def on_scores(
    model: Looks,
    photos: Sequence[LabelledPhoto],
    read: Callable[[str], bytes],
    served: Served,
    watched: Watched,
    *,
    temperature: float = OWN_TEMPERATURE,
) -> ScoreReport:
    """Every score of the bank's labels in P > 0 photos, prob at `temperature`; raises what reading
    raises."""
    names = [photo.photo for photo in photos]
    looked = look_at(model, watched(names, "photos"), read)
    truth = truth_of(photos, served.bank.bank.labels)
    bank, own = looked.tables(served.bank, temperature), looked.tables(served.own)
    rows = served.own.bank.embeddings
    shares = {
        COSINE: as_share(cosine, looked.rows, rows, served.reference, served.truth),
        PROB: stacked(bank, "shares"),
        f"{OWN}, {UNHEARD}": stacked(looked.unheard.tables(served.own), "match"),
        OWN: stacked(own, "match"),
        f"{BANK}, {UNHEARD}": stacked(looked.unheard.tables(served.bank), "match"),
        BANK: stacked(bank, "match"),
    }
    tables = {
        "scores": {name: figures_of(each, truth) for name, each in shares.items()},
        "thresholds of match": _thresholds({name: shares[name] for name in (OWN, BANK)}, truth),
        "first label": first_right(bank, truth),
        "gate": gated(bank, truth),
        "none of these": refusals(stacked(own, "z"), truth),
        "all scores, of vectors alone": beside(looked, served, truth),
        "learnt from the list itself": by_examples(
            looked.rows, served.own.bank, served.reference.background, truth
        ),
    }
    pictured = {name: reliability(shares[name], truth) for name in (BANK, PROB)}
    return ScoreReport(tables, {name: each for name, each in pictured.items() if each})


def made_of(served: Served) -> dict[str, str]:
    """How the bank's match is worked out, for the head of a report."""
    facts = served.bank.scores
    learnt = f"{facts.photos} photos ({facts.calibrated}), {facts.prototypes} prototypes"
    return {
        "bank": served.bank.bank.name,
        "own match": f"sigmoid({served.reference.slope:.2f} z {served.reference.offset:+.2f})",
        "calibration": facts.ignored or (learnt if facts.calibrated != "no" else "no"),
        "reference": facts.reference,
    }


def as_json(report: ScoreReport) -> dict[str, Any]:
    """The report as plain JSON values."""
    pictures = {name: vars(each) for name, each in report.reliability.items()}
    return {"tables": report.tables, "reliability": pictures}


def _thresholds(matches: Mapping[str, Scores], truth: Truth) -> dict[str, Figures]:
    return {
        f"{name}, {threshold}": at_threshold(match, truth, threshold)
        for name, match in matches.items()
        for threshold in THRESHOLDS
    }
