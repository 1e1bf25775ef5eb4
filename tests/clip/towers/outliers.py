"""A tower with the outliers of trained ones: a few channels far above the rest, everywhere.

Random weights have none, and any int8 passes on them. `with_outliers` puts them where they are
known to be in trained vision transformers: behind the layer norms, between values and output, in
units of the MLP that fire always or rarely, and along the residual stream.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import torch

from runners.clip.towers.block import Block
from runners.clip.towers.vision import VisionTower

MANY = 4  # channels of each kind in each block
RARE = 0.995  # share of tokens for which two of the four units stay silent
RESIDUAL = 27 / 150  # of the median |x| and of the gain
SAMPLES = Path(__file__).parents[3] / "docs" / "samples"

Squares = npt.NDArray[np.uint8]


@torch.no_grad()
def with_outliers(
    tower: VisionTower, pixels: torch.Tensor, positions: torch.Tensor, gain: float
) -> VisionTower:
    """A copy of `tower` whose outliers are `gain` times the rest; it computes something else.

    `pixels` uint8 [B, S, S, 3] show where units fire.
    """
    altered = copy.deepcopy(tower)
    generator = torch.Generator().manual_seed(3)
    x = altered.embed(pixels, positions)
    for index, block in enumerate(cast("list[Block]", list(altered.blocks))):
        _widen_norms(block, gain, generator)
        _widen_values(block, gain, generator)
        _widen_hidden(block, x, gain, generator)
        if index == 1:
            some = _some(block.width, generator)[:2]
            block.contract.bias[some] += RESIDUAL * gain * x.abs().median()
        x = block(x)
    return altered


def centred_cosine(rows: npt.NDArray[np.float32], reference: npt.NDArray[np.float32]) -> float:
    """The lowest cosine of a row with its reference, both seen from the references' mean."""
    middle = reference.mean(axis=0)
    one, other = rows - middle, reference - middle
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return float(((one * other).sum(axis=1) / lengths).min())


def calibration_photos(size: int, count: int) -> Squares:
    """Crops of scikit-image's photos: uint8 [count, size, size, 3]."""
    from skimage import data

    photos = [data.astronaut(), data.rocket(), data.retina(), data.hubble_deep_field()]
    grey = [data.camera(), data.brick(), data.grass(), data.moon()]
    photos += [np.repeat(photo[..., None], 3, axis=2) for photo in grey]
    return _crops(photos, size, count)


def held_out_photos(size: int, count: int) -> Squares:
    """Crops of the bundled samples, none of which is a calibration photo; as these."""
    from PIL import Image

    files = sorted(SAMPLES.glob("*.jpg"))
    return _crops([np.asarray(Image.open(file).convert("RGB")) for file in files], size, count)


def _crops(photos: list[Squares], size: int, count: int) -> Squares:
    """The photos in turn, each time another square of it, brought to `size`."""
    from PIL import Image

    rng = np.random.default_rng(8)
    made = []
    for index in range(count):
        photo = Image.fromarray(photos[index % len(photos)])
        side = int(min(photo.size) * rng.uniform(0.35, 1))
        left, top = (int(rng.integers(0, whole - side + 1)) for whole in photo.size)
        made.append(photo.resize((size, size), box=(left, top, left + side, top + side)))
    return np.stack([np.asarray(square) for square in made])


def _some(count: int, generator: torch.Generator) -> torch.Tensor:
    return torch.randperm(count, generator=generator)[:MANY]


def _widen_norms(block: Block, gain: float, generator: torch.Generator) -> None:
    for norm, layer in ((block.norm_1, block.qkv), (block.norm_2, block.expand)):
        some = _some(block.width, generator)
        norm.weight[some] *= gain
        norm.bias[some] *= gain
        layer.weight[:, some] /= gain


def _widen_values(block: Block, gain: float, generator: torch.Generator) -> None:
    some = _some(block.width, generator)
    block.qkv.weight[2 * block.width + some] *= gain
    block.qkv.bias[2 * block.width + some] *= gain
    block.out.weight[:, some] /= gain


def _widen_hidden(block: Block, x: torch.Tensor, gain: float, generator: torch.Generator) -> None:
    some = _some(len(block.expand.bias), generator)
    rare = some[:2]
    block.expand.bias[rare] -= torch.quantile(_hidden(block, x)[:, rare], RARE, dim=0)
    block.expand.weight[some] *= gain
    block.expand.bias[some] *= gain
    block.contract.weight[:, some] /= gain


def _hidden(block: Block, x: torch.Tensor) -> torch.Tensor:
    """What a block's MLP bends for the residual stream x: [tokens, hidden]."""
    heard: list[torch.Tensor] = []
    hook = block.expand.register_forward_hook(lambda *call: heard.append(call[-1]))
    block(x)
    hook.remove()
    return heard[0].flatten(0, 1)
