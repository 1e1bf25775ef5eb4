"""Where the parts of a training lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sources:
    """Where the parts lie: data folders, the label folder, captions, photo folders, a folder with a
    labelled list to judge by, and pretrained parts (None: inside their packages)."""

    data: tuple[Path, ...]
    labels: Path
    captions: tuple[Path, ...] = ()
    photos: tuple[Path, ...] = ()
    judge: Path | None = None
    trunk: Path | None = None
    teacher: Path | None = None

    @property
    def folders(self) -> tuple[Path, ...]:
        """Every folder that photos may lie in, those to judge by among them."""
        return (*self.photos, self.judge) if self.judge else self.photos
