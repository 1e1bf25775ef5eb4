"""The folder a training works in: what a finished stage left, found again by what it depends on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from scripts.mini.loop import Log, save

Made = TypeVar("Made")


class Workplace:
    """`folder`/stages holds a file a finished stage; `folder`/log.jsonl all losses and figures."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stages = folder / "stages"
        self._stages.mkdir(parents=True, exist_ok=True)
        self.log = Log(folder / "log.jsonl")

    def once(self, stage: str, digest: str, make: Callable[[], Any]) -> Any:
        """What `make` gives (tensors, numbers, texts), or gave in a run before with this digest."""
        file = self._stages / f"{stage}-{digest}.pt"
        if not file.exists():
            save(make(), file)
            self.log.write(stage, done=True)
        return torch.load(file, map_location="cpu", weights_only=True)

    def checkpoint(self, stage: str, digest: str) -> Path:
        """Where an unfinished stage keeps how far it is."""
        return self._stages / f"{stage}-{digest}.unfinished"


def content(*parts: npt.NDArray[Any] | Iterable[str]) -> str:
    """8 hex digits that change with arrays and texts."""
    found = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            found.update(np.ascontiguousarray(part).data)
        else:
            found.update("\0".join(part).encode())
    return found.hexdigest()[:8]


def watched(items: Sequence[Any], what: str) -> Iterable[Any]:
    """`items`, with a bar of how far they are and the time left."""
    return tqdm(items, desc=what, disable=None)
