"""A BentoML service of an open_clip model, as BentoML's own example of CLIP is made.

bentoml serve bento_clip:Embeddings, with open_clip's form of a model in the folder CLIP_FOLDER; a
photo comes as the part `items` of a form, a list of one embedding of unit length goes back.
"""

from __future__ import annotations

import os

import bentoml
import numpy as np
import open_clip
import torch
from PIL.Image import Image

BATCH = 16
PRECISION = os.environ.get("PRECISION", "fp32")


@bentoml.service(traffic={"timeout": 120})
class Embeddings:
    """One process; BentoML gathers the photos of several requests."""

    def __init__(self) -> None:
        model, self._transform = open_clip.create_model_from_pretrained(
            f"local-dir:{os.environ['CLIP_FOLDER']}", precision=PRECISION
        )
        self._model = model.eval()

    @bentoml.api(batchable=True, max_batch_size=BATCH, max_latency_ms=60_000)
    def encode_image(self, items: list[Image]) -> np.ndarray:  # BentoML reads it
        """Photos -> rows of unit length."""
        batch = torch.stack([self._transform(item) for item in items])
        with torch.inference_mode():
            rows = self._model.encode_image(
                batch.to(open_clip.get_cast_dtype(PRECISION) or torch.float32), normalize=True
            )
        return rows.float().numpy()
