"""The weights that all servers are given, random and made once, and what they make of photos."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from scripts.benchmarks.child import Child
from scripts.benchmarks.models import VIT_B, checkpoint
from scripts.peers.peer import Checkpoint
from scripts.peers.transformers_form import write_transformers_form

Rows = npt.NDArray[np.float32]


def random_checkpoint() -> Checkpoint:
    """A ViT-B/32 with random weights, in both forms on disk after this."""
    folder = checkpoint(VIT_B).folder
    theirs = folder.with_name(f"{folder.name}-transformers")
    if not theirs.is_dir():
        write_transformers_form(folder, theirs)
    return Checkpoint(folder, theirs)


def reference(made: Checkpoint, photos: Sequence[bytes], threads: int) -> Rows:
    """Rows of unit length of these photos, by open_clip itself in fp32."""
    with Child(OpenClip, made.open_clip, threads=threads) as model:
        rows: Rows = model.ask("rows", list(photos))
    return rows


class OpenClip:
    """open_clip's own model and transform, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        import open_clip

        made: tuple[Any, Any] = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
        self._model, self._transform = made[0].eval(), made[1]

    def rows(self, photos: Sequence[bytes]) -> Rows:
        """[N, D] of N photos."""
        import torch
        from PIL import Image

        with torch.inference_mode():
            squares = [self._transform(Image.open(BytesIO(photo))) for photo in photos]
            rows: Rows = self._model.encode_image(torch.stack(squares), normalize=True).numpy()
        return rows
