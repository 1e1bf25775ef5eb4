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
from runners.clip.prepared.exporting import Stages, UnsupportedError, image_tower
from runners.clip.prepared.folder import (
    FACTS,
    IMAGE,
    IMAGE_INT8,
    NO_INT8,
    POSITIONS,
    REFERENCE,
)
from runners.clip.prepared.make_texts import text_form
from runners.clip.prepared.photos import calibration, held_out
from runners.clip.prepared.reference_rows import photo_rows, text_rows
from runners.clip.prepared.reference_words import REFERENCE_PROMPTS
from runners.clip.towers.int8_weights import compress_linear_weights
from runners.clip.towers.openvino_form import save_openvino, to_openvino
from runners.clip.towers.smoothing import find_peaks, smoothed
from runners.clip.towers.vision import VisionTower, supports

HELD_OUT, CALIBRATION = 24, 32  # photos
_AT_ONCE = 8  # of them in one pass


def export(folder: Path, loaded: LoadedModel, *, int8: bool, stages: Stages) -> None:
    """Writes all of a prepared folder but its seal."""
    texts = text_form(loaded)
    stages.begin(2, "image tower")
    sizes = possible_sizes(loaded.model.visual, loaded.facts.native_size, loaded.facts.sizes)
    is_plain = supports(loaded.model)
    if not is_plain:
        sizes = (loaded.facts.native_size,)
    tower = image_tower(loaded)
    tables = _tables(loaded, sizes) if is_plain else {}
    arrays: dict[str, Any] = {str(size): table.numpy() for size, table in tables.items()}
    np.savez(folder / POSITIONS, **arrays)
    save_openvino(_image_graph(tower, loaded, tables), folder / IMAGE)
    stages.begin(3, "text tower")
    texts.save(loaded, folder)
    stages.begin(4, "reference of the fp32 model")
    _save_reference(loaded, folder)
    if int8:
        stages.begin(5, "int8 image tower")
        _save_int8(loaded, tables, folder, is_plain)
    facts = {
        "model": facts_as_json(loaded.facts),
        "sizes": list(sizes),
        "default_size": default_size(sizes, loaded.facts.native_size),
        "texts": texts.name,
    }
    (folder / FACTS).write_text(json.dumps(facts, indent=1), encoding="utf-8")


def _tables(loaded: LoadedModel, sizes: tuple[int, ...]) -> dict[int, torch.Tensor]:
    return {size: positional_table(loaded.model.visual, size) for size in sizes}


def _image_graph(
    tower: torch.nn.Module, loaded: LoadedModel, tables: dict[int, torch.Tensor]
) -> Any:
    side = loaded.facts.native_size
    example = {"pixels": torch.zeros((1, side, side, 3), dtype=torch.uint8)}
    shapes: dict[str, list[int]] = {"pixels": [-1, side, side, 3]}
    if tables:
        example["positions"] = tables[side] if side in tables else next(iter(tables.values()))
        shapes["positions"] = [-1, example["positions"].shape[1]]
        shapes["pixels"] = [-1, -1, -1, 3]
    return to_openvino(tower, example, shapes, ["rows"])


def _save_reference(loaded: LoadedModel, folder: Path) -> None:
    photos = held_out(loaded.facts.native_size, HELD_OUT)
    np.savez(
        folder / REFERENCE,
        photos=photos,
        photo_rows=photo_rows(loaded.model, photos, loaded.facts.preprocess),
        prompts=np.array(REFERENCE_PROMPTS),
        prompt_rows=text_rows(loaded, REFERENCE_PROMPTS),
    )


def _save_int8(
    loaded: LoadedModel, tables: dict[int, torch.Tensor], folder: Path, is_plain: bool
) -> None:
    if not is_plain:
        (folder / NO_INT8).touch()
        return
    side = loaded.facts.native_size
    tower = cast(VisionTower, image_tower(loaded))
    photos = torch.from_numpy(calibration(side, CALIBRATION))
    batches = [photos[at : at + _AT_ONCE] for at in range(0, len(photos), _AT_ONCE)]
    positions = tables.get(side, next(iter(tables.values())))
    smooth = smoothed(tower, find_peaks(tower, batches, positions))
    graph = _image_graph(smooth, loaded, tables)
    compress_linear_weights(graph)
    save_openvino(graph, folder / IMAGE_INT8)


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
