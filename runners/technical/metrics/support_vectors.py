"""The trained half of BRISQUE: a support vector regression from 36 features to a score."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

LIVE = Path(__file__).resolve().parents[3] / "config" / "brisque" / "live.npz"

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SupportVectors:
    """An epsilon-SVR with a radial kernel, its numbers under the names of the file.

    `sv_coef` [n], `sv` [n, features], `rho`, `gamma`; `feature_min`, `feature_max` [features] are
    what -1 and 1 stand for in `sv`. All float64.
    """

    sv_coef: Numbers
    sv: Numbers
    rho: Numbers
    gamma: Numbers
    feature_min: Numbers
    feature_max: Numbers

    def score(self, features: Numbers) -> float:
        """The regression's value at `features` float64 [features]."""
        scaled = 2 * (features - self.feature_min) / (self.feature_max - self.feature_min) - 1
        distances = np.square(self.sv - scaled).sum(axis=1)
        # no @: for so few numbers BLAS would wake its threads
        return float((self.sv_coef * np.exp(-self.gamma * distances)).sum() - self.rho)


@cache
def live_model() -> SupportVectors:
    """The model of the BRISQUE release of LIVE, The University of Texas at Austin; read once."""
    with np.load(LIVE, allow_pickle=False) as numbers:
        return SupportVectors(**numbers)
