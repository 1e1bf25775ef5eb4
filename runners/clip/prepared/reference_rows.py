"""open_clip's own fp32 forward of photos and prompts: a fault of our towers shows beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from runners.clip.loading import LoadedModel
from runners.clip.model_facts import PreprocessFacts

Rows = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]


def photo_rows(model: Any, photos: Pixels, preprocess: PreprocessFacts) -> Rows:
    """Squares uint8 [N, S, S, 3] -> unit rows [N, D] of open_clip's `model`, which looks at S."""
    mean, std = (
        torch.tensor(three).view(1, 3, 1, 1) for three in (preprocess.mean, preprocess.std)
    )
    scaled = (torch.tensor(photo[None]).permute(0, 3, 1, 2).float() / 255 for photo in photos)
    with torch.inference_mode():  # one at a time: a batch would only take more memory
        rows = [_unit(model.encode_image((pixels - mean) / std)) for pixels in scaled]
    return np.concatenate(rows)


def text_rows(loaded: LoadedModel, prompts: Sequence[str]) -> Rows:
    """N prompts -> unit rows [N, D]."""
    with torch.inference_mode():
        return _unit(loaded.model.encode_text(loaded.tokenizer(list(prompts))))


def _unit(features: torch.Tensor) -> Rows:
    rows: Rows = nn.functional.normalize(features.float(), dim=-1).numpy()
    return rows
