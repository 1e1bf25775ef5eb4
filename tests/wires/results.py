"""Plain results for the tests of the wires."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from framed.photo import PhotoFacts
from framed.results import (
    Adjustment,
    Classification,
    Features,
    Measurements,
    RankedLabel,
    Ranking,
)

PHOTO = PhotoFacts((640, 480), (320, 240), "JPEG", ("shrink:2", "icc"), "ab" * 32)
DOG, SEA = RankedLabel("dog", 0.75, 0.31), RankedLabel("sea", 0.25, 0.3)
SURE_DOG = replace(DOG, match=0.9, z=4.0, parents=("animal",))
NO_SEA = replace(SEA, match=0.05, z=-0.5)
VECTOR = np.array([1, 0], np.float32)


def ranking(**changes: Any) -> Ranking:
    """Dog before sea, of the bank `default`."""
    fields = {"results": (DOG, SEA), "top_k": 2, "bank": "default", "bank_checksum": "c0ffee"}
    return Ranking(**{**fields, "embedding": VECTOR, **changes})


def matched(**changes: Any) -> Ranking:
    """The same with matches, and with one group in which the dog stands alone."""
    fields = {"results": (SURE_DOG, NO_SEA), "none_match": False}
    groups = {"subject": (replace(SURE_DOG, group_prob=1.0),)}
    return ranking(**{**fields, "groups": groups, **changes})


def classification(
    ranked: Ranking | None = None,
    *,
    oom_fallback: bool = False,
    adjusted: tuple[Adjustment, ...] = (),
) -> Classification:
    """A ranking made at 336 on a CPU in 12 ms and a bit."""
    return Classification(
        ranking=ranked or ranking(),
        model="framed/fake",
        device="cpu",
        size=336,
        photo=PHOTO,
        adjusted=adjusted,
        oom_fallback=oom_fallback,
        inference_ms=12.34567,
    )


def features(**changes: Any) -> Features:
    """The same with two metrics, one of them not to be had."""
    measured = Measurements({"blur": 0.5, "noise": None}, {"blur": {"raw": 7}}, {"noise": "tiny"})
    return Features(classification(**changes), measured, PHOTO, {"decode": 1.0})
