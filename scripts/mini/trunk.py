"""The frozen image trunk: its weights under timm's names, its features, and its own classifier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from framed.photo import Pixels

Floats = npt.NDArray[np.float32]

NAME = "tf_efficientnet_lite0"  # SAME padding and BatchNorm eps 1e-3, as its weights want
WIDTH = 1280
_BATCH = 16


def read_weights(file: Path) -> Mapping[str, torch.Tensor]:
    """The state of the package's model, as it was saved."""
    state: Mapping[str, torch.Tensor] = torch.load(file, map_location="cpu", weights_only=True)
    return state


def trunk_state(saved: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The trunk's tensors under timm's names.

    Both models list the same parts in the same order, so they are paired by it; raises
    `ValueError` where a shape or the last part of a name differs.
    """
    import timm

    ours = timm.create_model(NAME, pretrained=False).state_dict()
    return _paired(ours, saved)


def _paired(
    ours: Mapping[str, torch.Tensor], saved: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    if len(ours) != len(saved):
        raise ValueError(f"the trunk has {len(ours)} tensors, its file {len(saved)}")
    paired: dict[str, torch.Tensor] = {}
    for (name, mine), (theirs, tensor) in zip(ours.items(), saved.items(), strict=True):
        if mine.shape != tensor.shape or name.split(".")[-1] != theirs.split(".")[-1]:
            raise ValueError(f"{theirs} {tuple(tensor.shape)} does not fit {name}")
        paired[name] = tensor
    return paired


class Trunk:
    """Photos to pooled features [P, 1280], as the exported checkpoint will see them."""

    def __init__(self, state: Mapping[str, torch.Tensor]) -> None:
        import timm

        self._model: Any = timm.create_model(NAME, pretrained=False)
        self._model.load_state_dict(dict(state))
        self._model.eval().to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def features(self, squares: Iterable[Pixels]) -> Floats:
        """float32 [P, 1280] of squares uint8 [224, 224, 3], in their order."""
        parts = [self._pooled(np.stack(batch)) for batch in _batches(iter(squares))]
        return np.concatenate(parts) if parts else np.zeros((0, WIDTH), np.float32)

    def _pooled(self, batch: Pixels) -> Floats:
        pixels = torch.from_numpy(batch).permute(0, 3, 1, 2).float() / 127.5 - 1.0
        grid = self._model.forward_features(pixels.contiguous(memory_format=torch.channels_last))
        pooled: Floats = self._model.forward_head(grid, pre_logits=True).numpy()
        return pooled


def class_shares(state: Mapping[str, torch.Tensor], features: Floats) -> Floats:
    """What the trunk's own classifier says of features: softmax over 1,000 classes, [P, 1000]."""
    with torch.inference_mode():
        logits = torch.from_numpy(features) @ state["classifier.weight"].float().T
        shares: Floats = (logits + state["classifier.bias"].float()).softmax(1).numpy()
    return shares


def _batches(squares: Iterator[Pixels]) -> Iterator[list[Pixels]]:
    while batch := list(islice(squares, _BATCH)):
        yield batch
