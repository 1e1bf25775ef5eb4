"""Everything that a model card says of a training, as plain JSON values."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from scripts.evaluation.figures import Report, as_json
from scripts.mini.calibrate import Calibration
from scripts.mini.material import Rows
from scripts.mini.plan import Plan
from scripts.mini.terms import terms_of


def facts(
    plan: Plan,
    train: Rows,
    phrases: int,
    nouns: Sequence[str],
    calibration: Calibration,
    report: Report,
    snapshot: Mapping[str, float],
    size: int,
) -> dict[str, Any]:
    """`report` is the finished checkpoint's, `snapshot` the jury's figures that chose its head,
    `size` the weights' bytes."""
    photos = [entry for entry in train.entries if "view" not in entry]
    return {
        "plan": asdict(plan),
        "terms": dict(Counter(map(terms_of, photos)).most_common()),
        "sources": dict(Counter(str(entry["source"]) for entry in photos).most_common()),
        "photos": len(photos),
        "views": len(train) - len(photos),
        "phrases": phrases,
        "nouns": list(nouns),
        "calibration": {
            name: None if math.isnan(value) else value for name, value in vars(calibration).items()
        },
        "measured": as_json(report),
        "snapshot": dict(snapshot),
        "bytes": size,
    }
