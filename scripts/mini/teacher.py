"""The sentence model that teaches what texts mean, and its table of word pieces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch

Floats = npt.NDArray[np.float32]

WIDTH = 384
_BATCH = 256


class Watched(Protocol):
    """Shows how far a loop is, as it goes."""

    def __call__(self, items: Sequence[Any], what: str) -> Iterable[Any]: ...


class Teacher:
    """all-MiniLM-L6-v2: texts to unit vectors [n, 384] by the mean over their pieces."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModel, AutoTokenizer

        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self._model: Any = AutoModel.from_pretrained(folder).eval()

    @torch.inference_mode()
    def encode(self, texts: Sequence[str], watched: Watched) -> Floats:
        """Unit rows in the order of `texts`; like lengths are encoded together."""
        rows = np.zeros((len(texts), WIDTH), np.float32)
        ordered = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        chunks = [ordered[at : at + _BATCH] for at in range(0, len(ordered), _BATCH)]
        for chunk in watched(chunks, "teacher reads"):
            rows[chunk] = self._encode([texts[at] for at in chunk])
        return rows

    def _encode(self, texts: list[str]) -> Floats:
        given = self._tokenizer(
            texts, padding=True, truncation=True, max_length=64, return_tensors="pt"
        )
        states = self._model(**given).last_hidden_state
        mask = given["attention_mask"][..., None].float()
        means = (states * mask).sum(1) / mask.sum(1)
        unit: Floats = torch.nn.functional.normalize(means, dim=1).numpy()
        return unit

    @torch.inference_mode()
    def word_table(self, words: Sequence[str]) -> Floats:
        """Static rows [n, 384]: the mean of a word's pieces in the model's own input table.

        The model itself reads nothing here, so a word that no training text holds still has a
        row: this is how the text tower comes to know it.
        """
        table = self._model.get_input_embeddings().weight.numpy()
        pieces = self._tokenizer(list(words), add_special_tokens=False)["input_ids"]
        rows = np.zeros((len(words), WIDTH), np.float32)
        for at, ids in enumerate(pieces):
            if ids:
                rows[at] = table[ids].mean(axis=0)
        return rows
