"""What happens to pictures on their way: other sizes, JPEG, margins, a camera over paper."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from PIL import Image, ImageFilter, ImageOps

Dice = np.random.Generator
Picture = Image.Image


def worn(dice: Dice, picture: Picture) -> Picture:
    """Cropped, resized and compressed a little, or as it is."""
    if dice.random() < 0.2:
        wide, high = picture.size
        cut = dice.uniform(0, 0.18, 4)
        left, top = int(cut[0] * wide), int(cut[1] * high)
        picture = picture.crop((left, top, int(wide * (1 - cut[2])), int(high * (1 - cut[3]))))
    if dice.random() < 0.3:
        scale = dice.uniform(0.35, 0.9)
        size = max(64, int(picture.width * scale)), max(64, int(picture.height * scale))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    if dice.random() < 0.4:
        file = BytesIO()
        picture.save(file, "JPEG", quality=int(dice.integers(25, 95)))
        picture = Image.open(file).convert("RGB")
    return picture


def photographed(dice: Dice, paper: Picture, grounds: Sequence[Picture]) -> Picture:
    """The paper as a camera sees it: on a table, aslant, with light from a side."""
    side = 640
    ground = _ground(dice, grounds, side)
    turned = dice.uniform(-0.12, 0.12) if dice.random() < 0.8 else dice.uniform(-0.6, 0.6)
    high = side * dice.uniform(0.75, 1.15)
    wide = min(high * paper.width / paper.height, side * 1.15)
    high = wide * paper.height / paper.width if wide == side * 1.15 else high
    if high > 1.9 * side:
        wide, high = wide * 1.9 * side / high, 1.9 * side
    corners = np.array([(-wide, -high), (wide, -high), (wide, high), (-wide, high)]) / 2
    corners += dice.normal(0, 0.03 * min(wide, high), (4, 2))
    c, s = np.cos(turned), np.sin(turned)
    corners = corners @ np.array([(c, s), (-s, c)]) + side / 2 + dice.normal(0, 14, 2)
    numbers = _perspective(paper.size, corners)
    kind = Image.Transform.PERSPECTIVE
    flat = paper.transform((side, side), kind, numbers, Image.Resampling.BICUBIC)
    mask = Image.new("L", paper.size, 255).transform((side, side), kind, numbers)
    shadow = mask.filter(ImageFilter.GaussianBlur(9))
    ground = Image.composite(Image.eval(ground, lambda v: v * 6 // 10), ground, shadow)
    ground.paste(flat, (0, 0), mask)
    return _lit(dice, ground)


def _ground(dice: Dice, grounds: Sequence[Picture], side: int) -> Picture:
    if dice.random() < 0.5:
        chosen = grounds[int(dice.integers(len(grounds)))]
        blurred = ImageOps.fit(chosen, (side, side)).filter(
            ImageFilter.GaussianBlur(dice.uniform(2, 20))
        )
        return blurred
    colour = dice.uniform(30, 200) + dice.uniform(-25, 25, 3)
    grain = dice.normal(0, dice.uniform(1, 14), (1 if dice.random() < 0.5 else side, side, 1))
    values = np.broadcast_to(colour + grain, (side, side, 3))
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def _lit(dice: Dice, picture: Picture) -> Picture:
    side = picture.width
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    light = dice.uniform(0.65, 1.0) + dice.normal(0, 0.12) * x + dice.normal(0, 0.12) * y
    cast = 1 + dice.normal(0, 0.05, 3)
    values = np.asarray(picture, float) * light[..., None] * cast
    values += dice.normal(0, dice.uniform(0, 5), values.shape)
    lit = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    return lit.filter(ImageFilter.GaussianBlur(dice.uniform(0, 1.3)))


def _perspective(size: tuple[int, int], corners: np.ndarray) -> tuple[float, ...]:
    wide, high = size
    rows, right = [], []
    for (x, y), (u, v) in zip(corners, [(0, 0), (wide, 0), (wide, high), (0, high)], strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return tuple(np.linalg.solve(np.array(rows), np.array(right)))
