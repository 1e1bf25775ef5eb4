"""How the match of a bank's labels is worked out, for whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ScoreFacts:
    """How the match of a bank's labels is worked out: sigmoid(`slope` z + `offset` + ...).

    `reason` says why there is none. `reference` is the version of the reference set. `calibrated`
    is "no", "shipped" (from the reference photos) or "file"; `photos` and `date` are those of the
    calibration, `ignored` says why one that is there, or which part of it, is not used.
    `match_threshold` and `share` are the bank's defaults.
    """

    reason: str | None = None
    reference: str = ""
    slope: float | None = None
    offset: float | None = None
    calibrated: Literal["no", "shipped", "file"] = "no"
    photos: int = 0
    date: str | None = None
    ignored: str | None = None
    prototypes: int = 0
    match_threshold: float = 0.3
    share: float = 0.136
