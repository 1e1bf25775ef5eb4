"""`python -m runners.clip.prepared.make_onnx FOLDER`: a checkpoint's towers as ONNX files.

What to export comes as JSON on standard input; a line a stage goes to standard output.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from framed.errors import StartupError
from runners.clip.engines.squares import positional_table
from runners.clip.loading import LoadedModel, load
from runners.clip.prepared.build import files_from_json
from runners.clip.prepared.child import read_order
from runners.clip.prepared.exporting import Stages, image_tower
from runners.clip.prepared.onnx_parts import IMAGE, IMAGE_FP16, TEXT
from runners.clip.towers.layers import Pixels
from runners.clip.towers.onnx_form import to_onnx
from runners.clip.towers.text import PrefixTower, TextTower
from runners.clip.towers.vision import VisionTower


class BytesFirst(nn.Module):
    """A tower that is given numbers where it expects bytes.

    TensorRT takes bytes from outside, but only to convert them: a transpose of bytes, which the
    tower begins with, would leave it and lose the shapes promised for the inputs.
    """

    def __init__(self, tower: nn.Module) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, pixels: torch.Tensor, *positions: torch.Tensor) -> torch.Tensor:
        """As the tower's own."""
        rows: torch.Tensor = self.tower(pixels.float(), *positions)
        return rows


def export(folder: Path, loaded: LoadedModel, *, half: bool, stages: Stages) -> None:
    """Writes the text tower and the image tower into `folder`, with `half` that in fp16 too."""
    stages.begin(2, "image tower")
    _save_image(image_tower(loaded), loaded, folder / IMAGE)
    stages.begin(3, "text tower")
    _save_text(loaded, folder / TEXT)
    if half:
        stages.begin(4, "image tower in fp16")
        _save_image(_halved(image_tower(loaded)), loaded, folder / IMAGE_FP16)


def _halved(tower: nn.Module) -> nn.Module:
    """`tower` in fp16, but for what makes numbers of the pixels; may take its model's weights along
    (so it comes last)."""
    halved = tower.half()
    cast("Pixels", halved.pixels).float()
    return halved


def _save_image(tower: nn.Module, loaded: LoadedModel, file: Path) -> None:
    side = loaded.facts.native_size
    pixels = torch.zeros((2, side, side, 3), dtype=torch.uint8)  # one would be taken for a constant
    example, shapes = {"pixels": pixels}, {"pixels": [-1, side, side, 3]}
    if isinstance(tower, VisionTower):
        table = positional_table(loaded.model.visual, side)
        example["positions"] = table
        shapes = {"pixels": [-1, -1, -1, 3], "positions": [-1, table.shape[1]]}
    to_onnx(BytesFirst(tower), file, example, shapes, ["rows"])


def _save_text(loaded: LoadedModel, file: Path) -> None:
    ids = loaded.tokenizer(["a photo of a cat", "a photo of a dog"])[:, :9].long()
    with torch.inference_mode():
        prefix = PrefixTower(loaded.model).eval()(ids[:1, :2]).clone()
    layers, two, heads, _, width = prefix.shape
    shapes: dict[str, list[int]] = {"ids": [-1, -1], "prefix": [layers, two, heads, -1, width]}
    example = {"ids": ids[:, 2:], "prefix": prefix}
    to_onnx(TextTower(loaded.model), file, example, shapes, ["rows", "grown"])


def main(*, is_child: bool = False) -> int:
    """Reads the order, exports, says how it went."""
    order: dict[str, Any] = read_order(ends_with_parent=is_child)
    stages = Stages(4 if order["half"] else 3, "onnx ")
    try:
        stages.begin(1, "loading the model")
        loaded = load(files_from_json(order["files"]))
        export(Path(sys.argv[1]), loaded, half=order["half"], stages=stages)
    except (StartupError, torch.onnx.errors.OnnxExporterError, OSError, ImportError) as reason:
        print(str(reason).strip() or type(reason).__name__, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(is_child=True))
