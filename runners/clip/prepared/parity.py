"""An engine against open_clip's own fp32 forward: how near its vectors are, and how near is enough.

Only the least similar photo counts. "Centred" cosines are taken after the mean embedding of the
set is subtracted: what all photos share hides what tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float32]

EXACT_COSINE = 0.99999
TIE = 2e-3  # of a cosine
_CENTRED = {"bf16": 0.999, "fp16": 0.999, "int8": 0.995}
_INT8_DECISIONS = 0.99


@dataclass(frozen=True)
class Figures:
    """How an engine's vectors lie to the reference's: least cosine, least centred cosine, and the
    share of photos whose first label is the same, of those whose first label is no tie."""

    cosine: float
    centred: float
    decisions: float

    def said(self) -> str:
        """In one line, for log and `/info`."""
        return (
            f"cosine {self.cosine:.6f}, centred {self.centred:.5f}, "
            f"same first label {self.decisions:.1%}"
        )


def compare(rows: Rows, reference: Rows, labels: Rows) -> Figures:
    """Unit rows [N, D] of an engine against the reference's, and labels [L, D] to decide between.

    Rows that are not finite compare as the worst possible.
    """
    if not np.isfinite(rows).all():
        return Figures(-1.0, -1.0, 0.0)
    return Figures(
        cosine=float(_cosines(rows, reference).min()),
        centred=float(_cosines(rows - reference.mean(0), reference - reference.mean(0)).min()),
        decisions=_decisions(rows @ labels.T, reference @ labels.T),
    )


def _decisions(scores: Rows, reference: Rows) -> float:
    """Two labels nearer than the stated tolerance of a score are a tie, and decide nothing."""
    second, first = np.sort(reference, axis=1)[:, -2:].T
    decided = first - second > TIE
    same = scores.argmax(axis=1) == reference.argmax(axis=1)
    return float(same[decided].mean()) if decided.any() else 1.0


def is_admitted(figures: Figures, precision: str) -> bool:
    """Whether an engine of this `precision` ("fp32", "bf16", "fp16", "int8") may serve."""
    if precision == "fp32":
        return figures.cosine >= EXACT_COSINE
    if precision == "int8" and figures.decisions < _INT8_DECISIONS:
        return False
    return figures.centred >= _CENTRED[precision]


def _cosines(rows: npt.NDArray[np.floating], others: npt.NDArray[np.floating]) -> Rows:
    products = (rows * others).sum(axis=1)
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(others, axis=1)
    cosines: Rows = np.asarray(products / np.maximum(lengths, 1e-12), dtype=np.float32)
    return cosines
