"""The card's section on prob and match, from what `scripts.evaluate --scores --out` wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scripts.evaluation.scores.chosen import GATED, UNGATED
from scripts.evaluation.scores.report import BANK, COSINE, OWN, PROB
from scripts.mini.card_text import fill, number

Figures = Mapping[str, float | None]

_SHOWN = {  # score: how the card calls it
    PROB: "`prob`",
    COSINE: "`score`, through a line fitted to the reference photos",
    OWN: "`match` of own labels (through the bank's templates)",
    BANK: "`match` of the default bank",
}
_LEFT_OUT = (
    "photos from 58 public repositories that it was never trained on (`python -m "
    "scripts.mini.gather left_out`), labels judged by one pair of eyes"
)


def section(measured: Mapping[str, Any]) -> str:
    """The section; raises `KeyError` for what is no such file."""
    scores: Mapping[str, Any] = measured["scores"]
    tables: Mapping[str, Mapping[str, Figures]] = scores["tables"]
    parts = (
        fill(_measured_on(measured["photos"], scores["reliability"][BANK])),
        _table("score", {_SHOWN[name]: tables["scores"][name] for name in _SHOWN}),
        fill(_ABBREVIATIONS),
        _use(tables),
        _table("from a `match` of", tables["thresholds of match"]),
        _table("`none_match`", tables["none of these"]),
    )
    return "## What its scores mean\n\n" + "\n\n".join(parts)


_ABBREVIATIONS = (
    "mAP and AUROC: means over labels. micro AP: over all pairs pooled. core of 5, p5, first "
    "right: of each photo's labels in the row's own order. ECE: expected calibration error in ten "
    "bins over all pairs. The checkpoint was chosen by these photos, and what pixels say of "
    "`colorful`, `black and white` and `night` was set by them, so the figures flatter a little. "
    "The cosine does so well only on these labels, whose frequency `mini` learnt in its training; "
    "of other words and other models that is not to be expected. On the reference photos, from "
    "which it was learnt, `match` looks better than it is."
)


def _measured_on(photos: str, pairs: Mapping[str, Any]) -> str:
    return (
        f"Measured by `python -m scripts.evaluate mini --scores` on {photos} {_LEFT_OUT}: "
        f"{sum(pairs['counts']):,} pairs of a photo and a label of the default bank, of which "
        f"{pairs['mean_accuracy']:.1%} are true."
    )


def _use(tables: Mapping[str, Mapping[str, Figures]]) -> str:
    first, gate, scores = tables["first label"], tables["gate"], tables["scores"]
    plain, gated = gate[UNGATED], gate[GATED]
    by_prob, by_subject = (first[f"order={order}"]["first right"] for order in ("prob", "subject"))
    items = (
        "`prob` says which label of a list it is rather than another: the first one fits for "
        f"{_percent(by_prob)} of the photos, with `order=subject` for {_percent(by_subject)}. It "
        f"does not say whether a label applies (ECE {number(scores[PROB]['ECE'])}).",
        "`match` says whether a label applies, whatever the others are (ECE "
        f"{number(scores[BANK]['ECE'])} in the default bank, {number(scores[OWN]['ECE'])} of own "
        "labels). Tag by it: 0.5 for what must be right, 0.3 for tags, 0.2 for suggestions.",
        f"Both together: of the first five by `prob` {_percent(plain['precision'])} fit; "
        "`match_threshold=0.2&top_k=5` leaves out what has less `match` before it cuts, and shows "
        f"{gated['labels a photo']:.1f} labels of which {_percent(gated['precision'])} fit. What "
        f"the photo is of is among them for {_percent(plain['core among them'])} and "
        f"{_percent(gated['core among them'])} of the photos.",
        "`none_match` hints that no label of a list applies: how often lists of so many labels are "
        "refused stands in the last table.",
    )
    return "\n".join(fill(f"- {item}", indent="  ") for item in items)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _table(name: str, rows: Mapping[str, Figures]) -> str:
    columns = list(next(iter(rows.values())))
    lines = [f"| {name} | {' | '.join(columns)} |", f"| --- |{' ---: |' * len(columns)}"]
    lines += [
        f"| {row} | {' | '.join(number(figures[each]) for each in columns)} |"
        for row, figures in rows.items()
    ]
    return "\n".join(lines)
