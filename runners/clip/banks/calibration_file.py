"""What a bank learnt from examples, beside its label files: `calibration.json`.

It says of which reference set it holds (`key`), so that another model leaves it alone. The same
calibration is the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    model_validator,
)

from framed.regular_file import MIB
from framed.scores.calibration import Calibration, Shift
from runners.clip.banks.bank_text import MAX_LABELS, invalid, read_bytes, text_fault

CALIBRATION_FILE = "calibration.json"
MOST_BYTES = 64 * MIB

_FORMAT = 1
_DIGITS = 9  # of a number; those behind them are noise of the arithmetic
_LARGEST = 1e6  # of a slope or an offset, far beyond what any fit finds
_LONGEST = 200  # characters of a key or a model's name
_SHOWN = 80  # characters of a place in the file, in a message


def read_calibration(folder: Path) -> Calibration | None:
    """What lies in the folder of a bank; None where nothing does.

    Its date is that of the file. It may know labels that the bank does not have. Raises
    `FramedError` (invalid bank) with file and reason.
    """
    file = folder / CALIBRATION_FILE
    if not os.path.lexists(file):
        return None
    data = read_bytes(file, MOST_BYTES)
    try:
        whole = _Whole.model_validate_json(data)
    except ValidationError as error:
        raise invalid(file, f"cannot be used: {_first(error)}") from None
    return _calibration(whole, hashlib.sha256(data).hexdigest(), _date(file))


def calibration_bytes(calibration: Calibration, model: str) -> bytes:
    """The content of the file; `model` names the model that it holds for, to whoever reads it.

    Raises `ValueError` for a calibration too large to be read again.
    """
    whole = {
        "format": _FORMAT,
        "key": calibration.key,
        "model": model,
        "photos": calibration.photos,
        "slope": _rounded(calibration.slope),
        "offset": _rounded(calibration.offset),
        "match_threshold": calibration.match_threshold,
        "replaces": calibration.replaces,
        "labels": {label: _member(label, calibration) for label in calibration.offsets},
    }
    text = json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    data = f"{text}\n".encode()
    if len(data) > MOST_BYTES:
        raise ValueError(f"a calibration of {len(data) // MIB} MiB is larger than any may be")
    return data


def _label(text: str) -> str:
    if fault := text_fault(text):
        raise ValueError(f"the label {fault}")
    return text


def _shift(text: object) -> Shift:
    try:
        data = base64.b64decode(text if isinstance(text, str) else "", validate=True)
    except ValueError:
        raise ValueError("it is no base64") from None
    if not data or len(data) % 4:
        raise ValueError("it holds no numbers of 4 bytes each")
    shift = np.frombuffer(data, "<f4").astype(np.float32)
    if not np.isfinite(shift).all():
        raise ValueError("it holds numbers that are not finite")
    shift.setflags(write=False)
    return shift


_Number = Annotated[float, Field(ge=-_LARGEST, le=_LARGEST, allow_inf_nan=False)]
_Name = Annotated[str, Field(min_length=1, max_length=_LONGEST)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Learnt(_Strict):
    """A label: how many photos it is true of, its offset, and the shift to its prototype; `words`
    digests what its prompts were made of: without it, all this holds whatever they are."""

    n: int = Field(ge=0)
    offset: _Number
    shift: Annotated[Any, PlainValidator(_shift)] = None
    words: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")] = ""


class _Whole(_Strict):
    format: Literal[1]
    key: _Name
    model: _Name
    photos: int = Field(ge=1)
    slope: Annotated[_Number, Field(gt=0)]  # match rises with z
    offset: _Number
    match_threshold: Annotated[float, Field(ge=0, le=1)] | None
    replaces: bool
    labels: dict[Annotated[str, AfterValidator(_label)], _Learnt] = Field(max_length=MAX_LABELS)

    @model_validator(mode="after")
    def _agrees(self) -> _Whole:
        if any(each.n > self.photos for each in self.labels.values()):
            raise ValueError("a label is true of more photos than there are")
        if len({len(shift) for shift in self.shifts.values()}) > 1:
            raise ValueError("the shifts are of several lengths")
        return self

    @property
    def shifts(self) -> dict[str, Shift]:
        return {label: each.shift for label, each in self.labels.items() if each.shift is not None}


def _calibration(whole: _Whole, digest: str, date: str | None) -> Calibration:
    return Calibration(
        key=whole.key,
        photos=whole.photos,
        slope=whole.slope,
        offset=whole.offset,
        offsets={label: each.offset for label, each in whole.labels.items()},
        shifts=whole.shifts,
        counts={label: each.n for label, each in whole.labels.items()},
        words={label: each.words for label, each in whole.labels.items() if each.words},
        match_threshold=whole.match_threshold,
        replaces=whole.replaces,
        source="file",
        date=date,
        digest=digest,
    )


def _date(file: Path) -> str | None:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC).date().isoformat()
    except (OSError, OverflowError, ValueError):  # gone again, or of no year that there is
        return None


def _first(error: ValidationError) -> str:
    """The first of its faults, and where in the file it is."""
    fault = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part)[:_SHOWN] for part in fault["loc"])
    reason = fault["msg"].removeprefix("Value error, ")
    return f"{place}: {reason}" if place else reason


def _member(label: str, calibration: Calibration) -> dict[str, Any]:
    member: dict[str, Any] = {
        "n": calibration.counts.get(label, 0),
        "offset": _rounded(calibration.offsets[label]),
    }
    if (shift := calibration.shifts.get(label)) is not None:
        member["shift"] = base64.b64encode(shift.astype("<f4").tobytes()).decode()
    if label in calibration.words:
        member["words"] = calibration.words[label]
    return member


def _rounded(number: float) -> float:
    return float(f"{number:.{_DIGITS}g}")
