"""Whether an engine may serve: measured once a machine, against open_clip's fp32 forward."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from runners.clip.prepared.folder import Prepared, Rows
from runners.clip.prepared.kept_figures import keep_figures, known_figures
from runners.clip.prepared.parity import Figures, compare, is_admitted

logger = logging.getLogger("framed.clip.prepared")

_AT_ONCE = 4  # photos a call


@dataclass(frozen=True)
class Verdict:
    """What was measured of an engine, whether that is near enough, and whether it was measured at
    an earlier start."""

    figures: Figures
    admitted: bool
    known: bool = False

    @property
    def level(self) -> int:
        """The level to log a refusal at: news is a warning, once."""
        return logging.INFO if self.known else logging.WARNING


def judge_photos(
    prepared: Prepared, machine: str, precision: str, encode: Callable[[Any], Rows]
) -> Verdict:
    """The verdict on an image tower that runs in `precision` on `machine` (engine, version, CPU).

    A verdict of an earlier start is taken as it is.
    """

    def measure() -> Figures:
        reference = prepared.reference  # megabytes, for a verdict that is not known
        photos = reference.photos
        parts = [encode(photos[at : at + _AT_ONCE]) for at in range(0, len(photos), _AT_ONCE)]
        return compare(np.concatenate(parts), reference.photo_rows, reference.prompt_rows)

    return _verdict(prepared, f"photos, {precision}, {machine}", precision, measure)


def judge_texts(
    prepared: Prepared, machine: str, precision: str, encode: Callable[[Any], Rows]
) -> Verdict:
    """The same of a text tower, on the prompts of the reference."""

    def measure() -> Figures:
        reference = prepared.reference
        rows = encode(reference.prompts)
        return compare(rows, reference.prompt_rows, reference.photo_rows)

    return _verdict(prepared, f"texts, {precision}, {machine}", precision, measure)


def _verdict(
    prepared: Prepared, what: str, precision: str, measure: Callable[[], Figures]
) -> Verdict:
    if kept := _figures(known_figures(prepared, what)):
        return Verdict(kept, is_admitted(kept, precision), known=True)
    figures = measure()
    keep_figures(prepared, what, asdict(figures))
    logger.info("%s: %s", what, figures.said())
    return Verdict(figures, is_admitted(figures, precision))


def _figures(kept: Mapping[str, float]) -> Figures | None:
    """Figures of an earlier start, if they are such as can be measured."""
    names = [field.name for field in fields(Figures)]
    if sorted(kept) != sorted(names):
        return None
    values = [kept[name] for name in names]
    return Figures(*values) if all(-1.001 <= value <= 1.001 for value in values) else None
