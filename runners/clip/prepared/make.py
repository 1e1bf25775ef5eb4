"""`python -m runners.clip.prepared.make FOLDER`: export a checkpoint into an empty folder.

What to export comes as JSON on standard input; a line a stage goes to standard output. Exit status
3: this model cannot be exported, and the last line says why.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

from framed.errors import StartupError
from runners.clip.engines.squares import default_size, positional_table, possible_sizes
from runners.clip.loading import LoadedModel, load
from runners.clip.model_facts import facts_as_json
from runners.clip.prepared.build import files_from_json
from runners.clip.prepared.child import EXIT_UNSUPPORTED, read_order
from runners.clip.prepared.exporting import Stages, image_tower
from runners.clip.prepared.folder import (
    FACTS,
    FIRST_PREFIX,
    IMAGE,
    IMAGE_INT8,
    NO_INT8,
    POSITIONS,
    REFERENCE,
    TEXT,
)
from runners.clip.prepared.photos import calibration, held_out
from runners.clip.prepared.reference_words import REFERENCE_PROMPTS
from runners.clip.towers.int8_weights import compress_linear_weights
from runners.clip.towers.openvino_form import to_openvino
from runners.clip.towers.smoothing import find_peaks, smoothed
from runners.clip.towers.text import PrefixTower, TextTower, supports_text
from runners.clip.towers.vision import VisionTower, supports
from runners.clip.words.tokenizer import ClipTokenizer, open_clip_vocabulary

HELD_OUT, CALIBRATION = 24, 32  # photos
_AT_ONCE = 8  # of them in one pass


class UnsupportedError(Exception):
    """The model has a part that cannot be exported; the message says which."""


def export(folder: Path, loaded: LoadedModel, *, int8: bool, stages: Stages) -> None:
    """Writes all of a prepared folder but its seal."""
    _check(loaded)
    stages.begin(2, "image tower")
    sizes = possible_sizes(loaded.model.visual, loaded.native_size, loaded.sizes)
    is_plain = supports(loaded.model)
    if not is_plain:
        sizes = (loaded.native_size,)
    tower = image_tower(loaded)
    tables = _tables(loaded, sizes) if is_plain else {}
    arrays: dict[str, Any] = {str(size): table.numpy() for size, table in tables.items()}
    np.savez(folder / POSITIONS, **arrays)
    _save(_image_graph(tower, loaded, tables), folder / IMAGE)
    stages.begin(3, "text tower")
    _save_text(loaded, folder)
    stages.begin(4, "reference of the fp32 model")
    _save_reference(loaded, folder)
    if int8:
        stages.begin(5, "int8 image tower")
        _save_int8(loaded, tables, folder, is_plain)
    facts = {
        "model": facts_as_json(loaded.facts),
        "sizes": list(sizes),
        "default_size": default_size(sizes, loaded.native_size),
    }
    (folder / FACTS).write_text(json.dumps(facts, indent=1), encoding="utf-8")


def _check(loaded: LoadedModel) -> None:
    if not supports_text(loaded.model):
        raise UnsupportedError("its text tower is no plain causal transformer")
    ours = ClipTokenizer.from_vocabulary(open_clip_vocabulary(), loaded.context_length)
    prompts = list(REFERENCE_PROMPTS)
    theirs = loaded.tokenizer(prompts).tolist()
    if [row + [0] * (loaded.context_length - len(row)) for row in ours(prompts)] != theirs:
        raise UnsupportedError("its tokenizer is not CLIP's")


def _tables(loaded: LoadedModel, sizes: tuple[int, ...]) -> dict[int, torch.Tensor]:
    return {size: positional_table(loaded.model.visual, size) for size in sizes}


def _image_graph(
    tower: torch.nn.Module, loaded: LoadedModel, tables: dict[int, torch.Tensor]
) -> Any:
    side = loaded.native_size
    example = {"pixels": torch.zeros((1, side, side, 3), dtype=torch.uint8)}
    shapes: dict[str, list[int]] = {"pixels": [-1, side, side, 3]}
    if tables:
        example["positions"] = tables[side] if side in tables else next(iter(tables.values()))
        shapes["positions"] = [-1, example["positions"].shape[1]]
        shapes["pixels"] = [-1, -1, -1, 3]
    return to_openvino(tower, example, shapes, ["rows"])


def _save_text(loaded: LoadedModel, folder: Path) -> None:
    tokenizer = ClipTokenizer.from_vocabulary(open_clip_vocabulary(), loaded.context_length)
    tokenizer.save(folder)
    with torch.inference_mode():
        first = PrefixTower(loaded.model).eval()(torch.tensor([[tokenizer.bos]]))
    np.save(folder / FIRST_PREFIX, first.numpy())
    row = tokenizer(["a photo of a cat"])[0]
    example = {"ids": torch.tensor([row[1:], row[1:]]), "prefix": first.clone()}
    layers, two, heads, _, width = first.shape
    shapes = {"ids": [-1, -1], "prefix": [layers, two, heads, -1, width]}
    graph = to_openvino(TextTower(loaded.model), example, shapes, ["rows", "grown"])
    _save(graph, folder / TEXT)


def _save_reference(loaded: LoadedModel, folder: Path) -> None:
    photos = held_out(loaded.native_size, HELD_OUT)
    with torch.inference_mode():
        rows = [_stock_rows(loaded, photo[None]) for photo in photos]
        words = loaded.model.encode_text(loaded.tokenizer(list(REFERENCE_PROMPTS)))
    np.savez(
        folder / REFERENCE,
        photos=photos,
        photo_rows=np.concatenate(rows),
        prompts=np.array(REFERENCE_PROMPTS),
        prompt_rows=torch.nn.functional.normalize(words.float(), dim=-1).numpy(),
    )


def _stock_rows(loaded: LoadedModel, photos: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """open_clip's own forward, so that a fault of our towers would show."""
    pixels = torch.from_numpy(photos).permute(0, 3, 1, 2).float() / 255
    mean, std = (
        torch.tensor(values).view(1, 3, 1, 1)
        for values in (loaded.preprocess.mean, loaded.preprocess.std)
    )
    features = loaded.model.encode_image((pixels - mean) / std)
    rows: np.ndarray[Any, Any] = torch.nn.functional.normalize(features.float(), dim=-1).numpy()
    return rows


def _save_int8(
    loaded: LoadedModel, tables: dict[int, torch.Tensor], folder: Path, is_plain: bool
) -> None:
    if not is_plain:
        (folder / NO_INT8).touch()
        return
    side = loaded.native_size
    tower = cast(VisionTower, image_tower(loaded))
    photos = torch.from_numpy(calibration(side, CALIBRATION))
    batches = [photos[at : at + _AT_ONCE] for at in range(0, len(photos), _AT_ONCE)]
    positions = tables.get(side, next(iter(tables.values())))
    smooth = smoothed(tower, find_peaks(tower, batches, positions))
    graph = _image_graph(smooth, loaded, tables)
    compress_linear_weights(graph)
    _save(graph, folder / IMAGE_INT8)


def _save(graph: Any, file: Path) -> None:
    from runners.clip.quiet_openvino import ov

    ov.save_model(graph, str(file), compress_to_fp16=False)


def main(*, is_child: bool = False) -> int:
    """Reads the order, exports, says how it went."""
    order = read_order(ends_with_parent=is_child)
    stages = Stages(5 if order["int8"] else 4)
    try:
        stages.begin(1, "loading the model")
        loaded = load(files_from_json(order["files"]))
        export(Path(sys.argv[1]), loaded, int8=order["int8"], stages=stages)
    except UnsupportedError as reason:
        print(reason, flush=True)
        return EXIT_UNSUPPORTED
    except StartupError as reason:
        print(reason, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(is_child=True))
