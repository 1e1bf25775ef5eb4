"""The usual way to run a model on the CPU: open_clip's own modules in torch, fp32, eager."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

from framed.photo import Pixels
from runners.clip.lean_import import import_open_clip
from scripts.benchmarks.ceilings import Gemms
from scripts.benchmarks.row import NotMeasurableError

Rows = npt.NDArray[np.float32]


class Stock(Gemms):
    """The model of `folder` at squares of side `size` (None: its own), on so many threads."""

    def __init__(self, folder: Path, size: int | None, quick_gelu: bool, threads: int = 1) -> None:
        open_clip = import_open_clip()
        torch.set_num_threads(threads)
        spec = f"local-dir:{folder}"
        self._model = open_clip.create_model(
            spec, require_pretrained=True, **({"force_image_size": size} if size else {})
        )
        self._model.eval().requires_grad_(False)
        self._tokenizer = open_clip.get_tokenizer(spec)
        cut = self._model.visual.preprocess_cfg
        self._mean, self._std = (torch.tensor(cut[key]).view(1, 3, 1, 1) for key in ("mean", "std"))
        self._check_activation(quick_gelu)

    def image_ms(self, square: Pixels) -> float:
        """CPU time of one square uint8 [S, S, 3], normalization included."""
        start = time.process_time()
        self._encode(square)
        return (time.process_time() - start) * 1e3

    def rows(self, squares: Pixels) -> Rows:
        """Squares uint8 [N, S, S, 3] -> unit rows [N, D]."""
        return np.concatenate([self._encode(square) for square in squares])

    def photos(self, size: int, count: int) -> Pixels:
        """Squares uint8 [count, size, size, 3] of real photos that engines are judged on."""
        from runners.clip.prepared.photos import held_out

        return held_out(size, count)

    def flops(self, square: Pixels) -> float:
        """Floating-point operations (a multiply-add is two) of one square in Framed's tower.

        Counted on the tower that is exported, so that what it leaves out is not credited.
        """
        return float(_counted(*self._tower(), torch.from_numpy(square)[None]))

    def labels_seconds(
        self, labels: Sequence[str], templates: Sequence[str]
    ) -> tuple[float, float]:
        """(CPU, wall) seconds of the usual loop: label by label, all 77 tokens of each prompt."""
        start, cpu = time.perf_counter(), time.process_time()
        with torch.inference_mode():
            for label in labels:
                prompts = [template.replace("{}", label) for template in templates]
                rows = self._model.encode_text(self._tokenizer(prompts), normalize=True)
                torch.nn.functional.normalize(rows.mean(dim=0), dim=-1)
        return time.process_time() - cpu, time.perf_counter() - start

    def _encode(self, square: Pixels) -> Rows:
        with torch.inference_mode():
            pixels = torch.from_numpy(square)[None].permute(0, 3, 1, 2).float() / 255
            rows = self._model.encode_image((pixels - self._mean) / self._std, normalize=True)
        unit: Rows = rows.numpy()
        return unit

    def _tower(self) -> tuple[torch.nn.Module, tuple[torch.Tensor, ...]]:
        from runners.clip.towers.stock import StockVision
        from runners.clip.towers.vision import VisionTower, supports

        mean, std = self._mean.flatten().tolist(), self._std.flatten().tolist()
        if supports(self._model):
            positions = self._model.visual.positional_embedding.detach()
            return VisionTower(self._model, mean=mean, std=std).eval(), (positions,)
        return StockVision(self._model, mean=mean, std=std).eval(), ()

    def _check_activation(self, quick_gelu: bool) -> None:
        """Random weights would hide the wrong one."""
        kinds = {type(module).__name__ for module in self._model.modules()}
        if ("QuickGELU" in kinds) != quick_gelu:
            raise NotMeasurableError("the model that was loaded has another activation")


def _counted(tower: torch.nn.Module, more: tuple[torch.Tensor, ...], pixels: torch.Tensor) -> int:
    on_cpu: Any = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu

    count: Any = sdpa_flop_count  # not annotated

    def attention(query: Any, key: Any, value: Any, *_: Any, **__: Any) -> int:
        return int(count(query, key, value))

    counter = FlopCounterMode(display=False, custom_mapping={on_cpu: attention})
    with torch.no_grad(), counter:
        tower(pixels, *more)
    return int(counter.get_total_flops())
