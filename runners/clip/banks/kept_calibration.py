"""What a bank learnt from examples as arrays, as it is kept with the bank: whoever finds the bank
again, a runner begun anew or a replica without that file, answers as before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt

from framed.scores.calibration import Calibration

_FACTS, _SHIFTS = "calibration", "shifts"


def calibration_arrays(calibration: Calibration | None) -> dict[str, npt.NDArray[Any]]:
    """Arrays by name, from which `calibration_from` makes the same calibration."""
    if calibration is None:
        return {}
    facts = {each.name: getattr(calibration, each.name) for each in fields(calibration)}
    shifts = facts.pop(_SHIFTS)
    arrays = {_FACTS: np.array(json.dumps({**facts, "shifted": list(shifts)}))}
    return arrays | ({_SHIFTS: np.stack([*shifts.values()])} if shifts else {})


def calibration_from(stored: Mapping[str, npt.NDArray[Any]]) -> Calibration | None:
    """The calibration among the arrays of a kept bank, if there is one; raises `ValueError` or
    `TypeError` where it is another."""
    if _FACTS not in stored:
        return None
    facts = json.loads(str(stored[_FACTS]))
    shifted = facts.pop("shifted")
    rows = stored[_SHIFTS] if shifted else ()
    return Calibration(**facts, shifts=dict(zip(shifted, rows, strict=True)))
