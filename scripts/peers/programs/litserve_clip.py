"""A LitServe server of an open_clip model, as LitServe's documentation shows one with a batch.

python litserve_clip.py FOLDER PORT, with open_clip's form of a model in FOLDER; a photo comes as
the part `content` of a form, its embedding of unit length goes back as JSON.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import litserve
import open_clip
import torch
from PIL import Image

BATCH = 16
BATCH_S = 0.005
PRECISION = os.environ.get("PRECISION", "fp32")


class Embeddings(litserve.LitAPI):
    """Photos of a batch are decoded one by one, then seen by the model together."""

    def __init__(self, folder: str) -> None:
        super().__init__(max_batch_size=BATCH, batch_timeout=BATCH_S)
        self._folder = folder

    def setup(self, device: str) -> None:
        """The model, in the process that runs it."""
        model, self._transform = open_clip.create_model_from_pretrained(
            f"local-dir:{self._folder}", precision=PRECISION, device=device
        )
        self._model = model.eval()

    def decode_request(self, request):  # type: ignore[no-untyped-def]  # LitServe reads the types
        """A form -> a square."""
        square: torch.Tensor = self._transform(Image.open(request["content"].file))
        return square

    def batch(self, inputs: list[torch.Tensor]) -> torch.Tensor:
        """Squares -> a batch, in the model's own numbers."""
        return torch.stack(inputs).to(open_clip.get_cast_dtype(PRECISION) or torch.float32)

    @torch.inference_mode()
    def predict(self, batch: torch.Tensor) -> Any:
        """A batch -> rows of unit length."""
        return self._model.encode_image(batch, normalize=True).float()

    def unbatch(self, output: torch.Tensor) -> list[torch.Tensor]:
        """A row a photo."""
        return list(output)

    def encode_response(self, output: torch.Tensor) -> list[float]:
        """A row -> JSON."""
        row: list[float] = output.tolist()
        return row


if __name__ == "__main__":
    server = litserve.LitServer(Embeddings(sys.argv[1]), accelerator="cpu", timeout=120)
    server.run(
        host="127.0.0.1", port=int(sys.argv[2]), generate_client_file=False, log_level="warning"
    )
