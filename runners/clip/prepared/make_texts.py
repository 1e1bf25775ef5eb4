"""The text tower of an export, in one of two forms, with the tokenizer that goes before it.

CLIP's own is written anew, to compute shared beginnings once; any other goes whole, as open_clip
and the library behind it built it, where its numbers come through.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from runners.clip.engines.short_texts import masked_padding
from runners.clip.loading import LoadedModel
from runners.clip.prepared.exporting import UnsupportedError
from runners.clip.prepared.folder import FIRST_PREFIX, LIBRARY_TOKENIZER, PREFIXED, TEXT, WHOLE
from runners.clip.prepared.reference_rows import text_rows
from runners.clip.prepared.reference_words import REFERENCE_PROMPTS
from runners.clip.towers.openvino_form import save_openvino, to_openvino
from runners.clip.towers.stock import StockText
from runners.clip.towers.text import PrefixTower, TextTower, supports_text
from runners.clip.words.library_tokenizer import LibraryTokenizer
from runners.clip.words.tokenizer import ClipTokenizer, open_clip_vocabulary

MANY_LANGUAGES = (
    "ein Hund läuft am Strand", "犬が海辺を走る", "كلب على الشاطئ", "समुद्र तट पर एक कुत्ता",
    "собака на пляже", "해변의 개", "สุนัขบนชายหาด", "İSTANBUL'da bir köpek", "",
    "<s> </s> <pad> <unk> <mask> <bos> <eos>",
)  # fmt: skip
NEAR = 1e-4  # of a vector's numbers: exported and not, both in fp32


@dataclass(frozen=True)
class TextForm:
    """One of the two; `save` writes a model's text tower into a folder."""

    name: str
    save: Callable[[LoadedModel, Path], None]


def text_form(loaded: LoadedModel) -> TextForm:
    """The form that suits `loaded`; raises `UnsupportedError` where none does."""
    is_clips = supports_text(loaded.model)
    if is_clips and _reads_as_clip(loaded):
        return TextForm(PREFIXED, _save_prefixed)
    try:
        tried = (*REFERENCE_PROMPTS, *MANY_LANGUAGES)
        fixed = masked_padding(loaded.model) is None
        tokenizer = LibraryTokenizer.of_open_clip(loaded.tokenizer, tried, fixed=fixed)
    except ValueError as reason:
        what = "its tokenizer is not CLIP's" if is_clips else "its text tower is not CLIP's"
        raise UnsupportedError(f"{what}, and of its tokenizer: {reason}") from None
    return TextForm(WHOLE, partial(_save_whole, tokenizer))


def _reads_as_clip(loaded: LoadedModel) -> bool:
    ours, prompts = _clip_tokenizer(loaded), list(REFERENCE_PROMPTS)
    theirs = loaded.tokenizer(prompts).tolist()
    return [row + [0] * (ours.context_length - len(row)) for row in ours(prompts)] == theirs


def _clip_tokenizer(loaded: LoadedModel) -> ClipTokenizer:
    return ClipTokenizer.from_vocabulary(open_clip_vocabulary(), loaded.facts.context_length)


def _save_prefixed(loaded: LoadedModel, folder: Path) -> None:
    tokenizer = _clip_tokenizer(loaded)
    tokenizer.save(folder)
    with torch.inference_mode():
        first = PrefixTower(loaded.model).eval()(torch.tensor([[tokenizer.bos]]))
    np.save(folder / FIRST_PREFIX, first.numpy())
    row = tokenizer(["a photo of a cat"])[0]
    example = {"ids": torch.tensor([row[1:], row[1:]]), "prefix": first.clone()}
    layers, two, heads, _, width = first.shape
    shapes = {"ids": [-1, -1], "prefix": [layers, two, heads, -1, width]}
    graph = to_openvino(TextTower(loaded.model), example, shapes, ["rows", "grown"])
    save_openvino(graph, folder / TEXT)


def _save_whole(tokenizer: LibraryTokenizer, loaded: LoadedModel, folder: Path) -> None:
    tokenizer.save(folder / LIBRARY_TOKENIZER)
    ids = tokenizer.padded(tokenizer(["a photo of a cat", "a dog"]))
    length = ids.shape[1] if masked_padding(loaded.model) is None else -1
    try:
        shapes = {"ids": [-1, length]}
        graph = to_openvino(
            StockText(loaded.model), {"ids": torch.from_numpy(ids)}, shapes, ["rows"]
        )
        save_openvino(graph, folder / TEXT)
        difference = _difference(folder / TEXT, tokenizer, loaded)
    except Exception as error:  # the library's code is traced as it is, and may fail as anything
        reason = (str(error).strip().splitlines() or [""])[0][:200]
        raise UnsupportedError(
            f"its text tower cannot be exported: {type(error).__name__}: {reason}"
        ) from error
    if not difference <= NEAR:
        raise UnsupportedError(f"its text tower is {difference:.1g} off once it is exported")


def _difference(graph: Path, tokenizer: LibraryTokenizer, loaded: LoadedModel) -> float:
    """The largest between open_clip's rows and the graph's, of texts in a batch and alone."""
    from runners.clip.quiet_openvino import ov

    tower: Any = ov.Core().compile_model(str(graph), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    rows = tokenizer(MANY_LANGUAGES)
    together = tower({"ids": tokenizer.padded(rows)})["rows"]
    alone = [tower({"ids": tokenizer.padded([row])})["rows"] for row in rows]
    expected = text_rows(loaded, MANY_LANGUAGES)
    return max(float(np.abs(found - expected).max()) for found in (together, np.concatenate(alone)))
