"""Maps: towns and metros here, lands in their own file; light and dark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from scripts.mini.drawn import lands, wording
from scripts.mini.drawn.fonts import Fonts, sized
from scripts.mini.drawn.marks import blob, names, pins, straight, wander

Dice = np.random.Generator
Picture = Image.Image
Colour = tuple[int, int, int]

_LIGHT: dict[str, Colour] = {
    "land": (242, 239, 233),
    "park": (200, 228, 178),
    "water": (170, 211, 223),
    "road": (255, 255, 255),
    "main": (252, 214, 164),
    "edge": (200, 195, 188),
    "ink": (70, 70, 70),
}
_DARK: dict[str, Colour] = {
    "land": (36, 42, 55),
    "park": (38, 60, 63),
    "water": (23, 38, 60),
    "road": (56, 65, 78),
    "main": (116, 104, 85),
    "edge": (33, 42, 55),
    "ink": (190, 180, 150),
}


def map_of(dice: Dice, fonts: Fonts) -> Picture:
    """One of all kinds."""
    size = int(dice.integers(420, 800)), int(dice.integers(420, 800))
    kinds = (
        _streets,
        _streets,
        _streets,
        lands.contours,
        _metro,
        lands.countries,
        lands.coast,
        lands.coast,
        lands.walks,
    )
    drawn: Picture = kinds[int(dice.integers(len(kinds)))](dice, fonts, size)
    return drawn


def _colours(dice: Dice) -> dict[str, Colour]:
    chosen = _DARK if dice.random() < 0.12 else _LIGHT
    moved = {
        name: tuple(int(np.clip(it + dice.integers(-12, 13), 0, 255)) for it in colour)
        for name, colour in chosen.items()
    }
    if chosen is _LIGHT and dice.random() < 0.4:
        moved["main"] = [(255, 225, 104), (240, 160, 140), (255, 170, 70), (230, 120, 120)][
            int(dice.integers(4))
        ]
    return moved  # type: ignore[return-value]


def _streets(dice: Dice, fonts: Fonts, size: tuple[int, int]) -> Picture:
    """A grid or a web of roads, with parks, a river, houses now and then, and names."""
    colours = _colours(dice)
    side = 2 * max(size)
    picture = Image.new("RGB", (side, side), colours["land"])
    draw = ImageDraw.Draw(picture)
    for _ in range(int(dice.integers(1, 7))):
        blob(dice, draw, side, colours["park"], dice.uniform(0.03, 0.16))
    for _ in range(int(dice.integers(0, 3))):
        blob(dice, draw, side, colours["water"], dice.uniform(0.03, 0.12))
    step = side / dice.uniform(14, 40)
    if dice.random() < 0.6:
        _houses(dice, draw, side, step, colours["edge"])
    _web(dice, draw, side, step, colours)
    if dice.random() < 0.6:
        river = wander(dice, side, side / 12)
        draw.line(river, colours["water"], int(dice.uniform(0.01, 0.05) * side), joint="curve")
    for _ in range(int(dice.integers(2, 7))):
        road = wander(dice, side, side / 40) if dice.random() < 0.6 else straight(dice, side)
        wide = int(max(4, step * dice.uniform(0.18, 0.4)))
        draw.line(road, colours["edge"], wide + 4, joint="curve")
        draw.line(road, colours["main"], wide, joint="curve")
    picture = picture.rotate(dice.uniform(0, 90), Image.Resampling.BILINEAR)
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    picture = picture.crop((left, top, left + size[0], top + size[1]))
    names(dice, fonts, picture, colours["ink"], int(dice.integers(5, 26)))
    if dice.random() < 0.5:
        pins(dice, picture)
    return picture


def _web(
    dice: Dice, draw: ImageDraw.ImageDraw, side: int, step: float, colours: dict[str, Colour]
) -> None:
    wide = int(max(2, step * dice.uniform(0.1, 0.25)))
    bend = step * (dice.uniform(0, 0.8) if dice.random() < 0.6 else 0)
    lines = []
    for across in (False, True):
        for at in np.arange(0, side, step):
            if dice.random() < 0.12:
                continue
            points = [
                (float(along), float(at + dice.normal(0, 0.25) * bend))
                for along in np.arange(0, side + step, step)
            ]
            start = int(dice.integers(0, len(points) // 3))
            end = len(points) - int(dice.integers(0, len(points) // 3))
            run = points[start:end]
            lines.append([(y, x) for x, y in run] if across else run)
    for line in lines:
        draw.line(line, colours["edge"], wide + 2)
    for line in lines:
        draw.line(line, colours["road"], wide)


def _houses(dice: Dice, draw: ImageDraw.ImageDraw, side: int, step: float, colour: Colour) -> None:
    for _ in range(int(dice.integers(150, 900))):
        x, y = dice.uniform(0, side, 2)
        wide, high = dice.uniform(0.1, 0.4, 2) * step
        draw.rectangle((x, y, x + wide, y + high), colour)


def _metro(dice: Dice, fonts: Fonts, size: tuple[int, int]) -> Picture:
    """Lines of stations that run level, upright and aslant."""
    picture = Image.new("RGB", size, (255, 255, 255) if dice.random() < 0.8 else (240, 244, 248))
    draw, font = (
        ImageDraw.Draw(picture),
        sized(fonts.any(dice), int(size[0] * dice.uniform(0.014, 0.024))),
    )
    wide = int(size[0] * dice.uniform(0.008, 0.018))
    ways = [(1, 0), (0, 1), (0.7, 0.7), (0.7, -0.7)]
    for _ in range(int(dice.integers(3, 9))):
        colour = tuple(int(it) for it in dice.integers(0, 240, 3))
        at = dice.uniform(0.05, 0.6, 2) * size
        points = [tuple(at)]
        for _ in range(int(dice.integers(3, 7))):
            way = ways[int(dice.integers(4))]
            at = at + np.array(way) * dice.uniform(0.08, 0.3) * size[0]
            points.append(tuple(at))
        draw.line(points, colour, wide, joint="curve")
        for (ax, ay), (bx, by) in pairwise(points):
            for share in (0.2, 0.5, 0.8):
                x, y = ax + (bx - ax) * share, ay + (by - ay) * share
                draw.ellipse((x - wide, y - wide, x + wide, y + wide), (255,) * 3, (0,) * 3, 2)
                draw.text((x + 1.4 * wide, y - 2.2 * wide), wording.place(dice), (20, 20, 60), font)
    return picture


_KINDS: Sequence[Callable[[Dice, Fonts, tuple[int, int]], Picture]] = (
    *(_streets, _streets, _streets, _metro, lands.contours, lands.countries),
    *(lands.coast, lands.coast, lands.walks),
)
