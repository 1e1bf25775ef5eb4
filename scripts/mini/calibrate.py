"""Confidence that means something: one number, set on photos of sources never trained on.

A vector that has the same cosine with every label is added to what the head gives. All cosines of
a bank then move alike, so its ranking stays, and their spread shrinks or grows: that is what
softmax(cosine / 0.01) becomes certain by.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from scripts.evaluation import measures
from scripts.evaluation.truth import Mask, Truth
from scripts.mini.towers import Head

Floats = npt.NDArray[np.float32]

TEMPERATURE = 0.01
_RIDGE = 1e-2
_LEAST_PART = 1e-3  # of the largest: directions in which labels hardly differ are left alone
_NEAR = 0.08  # of mean confidence to accuracy: close enough not to change more
_LEAST_KEPT = 0.98  # of first labels: certainty is not bought with rankings
_LEAST, _MOST, _TRIALS = -2.0, 4.0, 241  # amounts tried, in mean lengths of the head's output


@dataclass(frozen=True)
class Calibration:
    """What was chosen, and mean confidence, accuracy and expected error on the other half."""

    amount: float
    confidence: float
    accuracy: float
    expected_error: float


def common_direction(label_rows: Floats, other_rows: Floats) -> Floats:
    """The unit vector [D] whose product with every label is one number, and with other texts
    about that."""
    both = np.concatenate([label_rows, other_rows]).astype(np.float64)
    square = both.T @ both + _RIDGE * len(both) * np.eye(both.shape[1])
    about = np.linalg.solve(square, both.sum(axis=0))
    labels = label_rows.astype(np.float64)
    missing = np.linalg.lstsq(labels, 1.0 - labels @ about, rcond=_LEAST_PART)[0]
    whole = about + missing
    found: Floats = (whole / np.linalg.norm(whole)).astype(np.float32)
    return found


def calibrate(
    head: Head, features: Floats, truth: Truth, label_rows: Floats, direction: Floats, seed: int
) -> Calibration:
    """Sets `head`'s last bias in place; the amount is chosen on one half of the photos by seed,
    the figures are of the other. Without photos nothing is changed."""
    if len(features) < 2:
        return Calibration(0.0, float("nan"), float("nan"), float("nan"))
    raw = _raw(head, features)
    length = float(np.linalg.norm(raw, axis=1).mean())
    order = np.random.default_rng(seed).permutation(len(features))
    chosen_on, judged_on = np.array_split(order, 2)
    amounts = [
        float(amount)
        for amount in np.linspace(_LEAST, _MOST, _TRIALS) * length
        if _kept(raw[chosen_on], label_rows, amount * direction) >= _LEAST_KEPT
    ]
    tried = [_reliability(raw, chosen_on, truth, label_rows, a * direction) for a in amounts]
    amount = _least_that_does(amounts, tried)
    with torch.no_grad():
        head.fc2.bias.add_(torch.from_numpy(amount * direction))
    final = _reliability(raw, judged_on, truth, label_rows, amount * direction)
    return Calibration(
        amount / length, final.mean_confidence, final.mean_accuracy, final.expected_error
    )


def _least_that_does(amounts: list[float], tried: list[measures.Reliability]) -> float:
    """The smallest change that brings confidence near accuracy, since other words move by it;
    where none does, the one that comes nearest."""
    near = [a for a, it in zip(amounts, tried, strict=True) if _gap(it) <= _NEAR]
    if near:
        return min(near, key=abs)
    return amounts[int(np.argmin([it.expected_error + _gap(it) for it in tried]))]


def _gap(reliability: measures.Reliability) -> float:
    return abs(reliability.mean_confidence - reliability.mean_accuracy)


def _kept(raw: Floats, label_rows: Floats, added: Floats) -> float:
    """Share of photos whose first label stays what it was."""
    before, after = raw @ label_rows.T, (raw + added) @ label_rows.T
    return float((before.argmax(axis=1) == after.argmax(axis=1)).mean())


def _reliability(
    raw: Floats, rows: npt.NDArray[np.int64], truth: Truth, label_rows: Floats, added: Floats
) -> measures.Reliability:
    moved = raw[rows] + added
    units = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    scores: measures.Scores = units.astype(np.float64) @ label_rows.astype(np.float64).T
    part = Truth(truth.labels, *(_rows(mask, rows) for mask in _masks(truth)))
    found = measures.reliability(*measures.confidences(scores, part, TEMPERATURE))
    return found or measures.Reliability((), (), (), 0.0, 0.0, 1.0)


def _masks(truth: Truth) -> tuple[Mask, Mask, Mask]:
    return truth.acceptable, truth.core, truth.judged


def _rows(mask: Mask, rows: npt.NDArray[np.int64]) -> Mask:
    taken: Mask = mask[rows]
    return taken


@torch.inference_mode()
def _raw(head: Head, features: Floats) -> Floats:
    """The head's output before it is brought to length 1."""
    head.eval()
    hidden = torch.nn.functional.gelu(head.fc1(torch.from_numpy(features)))
    raw: Floats = head.fc2(hidden).numpy()
    return raw
