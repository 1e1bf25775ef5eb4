"""Where the parts of a training lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sources:
    """Where the parts lie: data folders, the label folder, captions, photo folders, and
    pretrained parts (None: inside their packages)."""

    data: tuple[Path, ...]
    labels: Path
    captions: tuple[Path, ...] = ()
    photos: tuple[Path, ...] = ()
    trunk: Path | None = None
    teacher: Path | None = None
