"""What was measured of engines, kept beside a prepared checkpoint from one start to the next."""

from __future__ import annotations

import json
import logging
from typing import Any

from framed.regular_file import read_regular_text
from runners.clip.prepared.folder import ADMISSION, Prepared

logger = logging.getLogger("framed.clip.prepared")


def known_figures(prepared: Prepared, what: str) -> dict[str, float]:
    """The figures that were kept under `what`; none where there are none that could be such."""
    figures = _all(prepared).get(what)
    if not isinstance(figures, dict):
        return {}
    return figures if all(isinstance(value, float) for value in figures.values()) else {}


def keep_figures(prepared: Prepared, what: str, figures: dict[str, float]) -> None:
    """Keeps `figures` under `what`, beside all others; a folder that cannot be written to is a
    warning."""
    file = prepared.machines_own / ADMISSION
    known = {**_all(prepared), what: figures}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(known, indent=1), encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        logger.warning("the verdict cannot be kept, it is measured again next time: %s", error)


def _all(prepared: Prepared) -> dict[str, Any]:
    try:
        known = json.loads(read_regular_text(prepared.machines_own / ADMISSION))
    except (OSError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}
