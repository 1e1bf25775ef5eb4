"""Photos that are always at hand: real pictures of two installed packages, cut into squares.

They judge an engine (held out) and calibrate int8; they never leave the export. A picture is
either judged by or calibrated with, never both.
"""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

Pixels = npt.NDArray[np.uint8]

_SAMPLES = Path(__file__).resolve().parents[3] / "docs" / "samples"
_SCIENTIFIC = (  # of scikit-image's own folder: people, things, stars, textures, writing
    "astronaut.png",
    "motorcycle_left.png",
    "hubble_deep_field.jpg",
    "rocket.jpg",
    "ihc.png",
    "retina.jpg",
    "coins.png",
    "camera.png",
    "grass.png",
    "brick.png",
    "gravel.png",
    "page.png",
)
_SEED = 20


def held_out(size: int, count: int) -> Pixels:
    """Squares uint8 [count, size, size, 3] that engines are judged on."""
    return _squares(_pictures()[::2], size, count)


def calibration(size: int, count: int) -> Pixels:
    """Other squares, uint8 [count, size, size, 3], from other pictures."""
    return _squares(_pictures()[1::2], size, count)


def _pictures() -> list[Path]:
    package = importlib.util.find_spec("skimage")
    folders = list(package.submodule_search_locations or ()) if package else []
    scientific = [Path(folder) / "data" / name for folder in folders for name in _SCIENTIFIC]
    samples = sorted(_SAMPLES.glob("*.jpg"))
    return [path for path in (*samples, *scientific) if path.is_file()]


def _squares(pictures: list[Path], size: int, count: int) -> Pixels:
    """The whole middle of each picture first, then ever other cuts of them in turn."""
    if not pictures:
        raise FileNotFoundError("no photos to judge an engine on: docs/samples is empty")
    cuts = itertools.chain.from_iterable(_cuts(pictures, size))
    return np.stack([cut for cut, _ in zip(cuts, range(count), strict=False)])


def _cuts(pictures: list[Path], size: int) -> Iterator[Iterator[Pixels]]:
    dice = np.random.default_rng(_SEED)
    loaded = [_load(path) for path in pictures]
    for turn in itertools.count():
        yield (_cut(picture, size, dice if turn else None) for picture in loaded)


def _load(path: Path) -> torch.Tensor:
    """A picture as float [1, 3, H, W], 0..255."""
    from torchvision.io import ImageReadMode, read_image

    picture: torch.Tensor = read_image(str(path), ImageReadMode.RGB)
    return picture[None].float()


def _cut(picture: torch.Tensor, size: int, dice: np.random.Generator | None) -> Pixels:
    """The largest middle square, or by dice a smaller one anywhere, mirrored or not."""
    height, width = picture.shape[2:]
    largest = min(height, width)
    side = largest if dice is None else int(largest * dice.uniform(0.4, 0.95))
    free = height - side, width - side
    top, left = (f // 2 if dice is None else int(dice.integers(0, f + 1)) for f in free)
    square = picture[:, :, top : top + side, left : left + side]
    if dice is not None and dice.random() < 0.5:
        square = square.flip(3)
    resized = torch.nn.functional.interpolate(
        square, size=(size, size), mode="bicubic", antialias=True
    )
    pixels = resized.round().clamp(0, 255).to(torch.uint8)[0].permute(1, 2, 0)
    return np.ascontiguousarray(pixels.numpy())
