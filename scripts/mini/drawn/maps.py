"""Maps: streets, contours, lines of a metro, countries, a park, light and dark."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from scripts.mini.drawn import wording
from scripts.mini.drawn.fonts import Fonts, sized

Dice = np.random.Generator
Picture = Image.Image
Colour = tuple[int, int, int]
Floats = Any

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
    kinds = (_streets, _streets, _streets, _contours, _contours, _metro, _countries, _countries)
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
        _blob(dice, draw, side, colours["park"], dice.uniform(0.03, 0.16))
    for _ in range(int(dice.integers(0, 3))):
        _blob(dice, draw, side, colours["water"], dice.uniform(0.03, 0.12))
    step = side / dice.uniform(14, 40)
    if dice.random() < 0.6:
        _houses(dice, draw, side, step, colours["edge"])
    _web(dice, draw, side, step, colours)
    if dice.random() < 0.6:
        river = _wander(dice, side, side / 12)
        draw.line(river, colours["water"], int(dice.uniform(0.01, 0.05) * side), joint="curve")
    for _ in range(int(dice.integers(2, 7))):
        road = _wander(dice, side, side / 40) if dice.random() < 0.6 else _straight(dice, side)
        wide = int(max(4, step * dice.uniform(0.18, 0.4)))
        draw.line(road, colours["edge"], wide + 4, joint="curve")
        draw.line(road, colours["main"], wide, joint="curve")
    picture = picture.rotate(dice.uniform(0, 90), Image.Resampling.BILINEAR)
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    picture = picture.crop((left, top, left + size[0], top + size[1]))
    _names(dice, fonts, picture, colours["ink"], int(dice.integers(5, 26)))
    if dice.random() < 0.5:
        _pins(dice, picture)
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


def _contours(dice: Dice, fonts: Fonts, size: tuple[int, int]) -> Picture:
    """Heights as lines, with or without tints."""
    ground = _relief(dice, size)
    levels = int(dice.integers(10, 28))
    band = (ground * levels).astype(int)
    edge = (np.diff(band, axis=0, prepend=band[:1]) != 0) | (
        np.diff(band, axis=1, prepend=band[:, :1]) != 0
    )
    if dice.random() < 0.6:
        tints = np.array(
            [(150, 190, 130), (200, 215, 150), (240, 225, 170), (215, 175, 130), (245, 240, 235)],
            float,
        )
        picture = _tinted(ground, tints)
    else:
        base = np.array([(250, 248, 240), (225, 240, 210)][int(dice.integers(2))], float)
        picture = np.broadcast_to(base, (*ground.shape, 3)).copy()
    if dice.random() < 0.4:
        picture[ground < 0.18] = (160, 205, 230)
    line = np.array([(160, 110, 60), (120, 90, 70), (90, 90, 90)][int(dice.integers(3))], float)
    picture[edge] = 0.75 * line + 0.25 * picture[edge]
    found = Image.fromarray(picture.astype(np.uint8))
    draw = ImageDraw.Draw(found)
    for _ in range(int(dice.integers(0, 4))):
        draw.line(_wander(dice, max(size), max(size) / 14), (200, 60, 40), 3)
    _names(dice, fonts, found, (60, 40, 30), int(dice.integers(3, 14)))
    return found


def _countries(dice: Dice, fonts: Fonts, size: tuple[int, int]) -> Picture:
    """Lands in a sea, each of a colour, with borders."""
    ground = _relief(dice, size)
    count = int(dice.integers(4, 24))
    seats = dice.uniform(0, 1, (count, 2)) * size
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    warp = 60 * (_relief(dice, size) - 0.5)
    distance = [np.hypot(x + warp - sx, y + warp - sy) for sx, sy in seats]
    owner = np.argmin(distance, axis=0)
    one_tint = dice.random() < 0.3
    low = 170 if dice.random() < 0.7 else 90
    tints = np.array(
        [(235, 230, 210)] * count if one_tint else dice.integers(low, 250, (count, 3)), float
    )
    picture = tints[owner]
    border = (np.diff(owner, axis=0, prepend=owner[:1]) != 0) | (
        np.diff(owner, axis=1, prepend=owner[:, :1]) != 0
    )
    picture[border] = (110, 100, 100)
    sea = ground < dice.uniform(0.2, 0.45)
    water = np.array([(170, 211, 230), (190, 220, 240), (120, 170, 210), (255, 255, 255)], float)
    picture[sea] = water[int(dice.integers(4))]
    coast = sea != np.roll(sea, 1, axis=0)
    picture[coast] = (90, 110, 130)
    found = Image.fromarray(picture.astype(np.uint8))
    if dice.random() < 0.5:
        draw = ImageDraw.Draw(found)
        for at in np.arange(0, 1, 1 / dice.integers(3, 8)):
            draw.line((at * size[0], 0, at * size[0], size[1]), (140, 160, 180))
            draw.line((0, at * size[1], size[0], at * size[1]), (140, 160, 180))
    _names(dice, fonts, found, (40, 40, 50), int(dice.integers(4, 18)))
    return found


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


def _relief(dice: Dice, size: tuple[int, int]) -> Floats:
    """Smooth heights 0..1 [H, W]."""
    total = np.zeros((size[1], size[0]))
    for cells in (3, 6, 12, 24):
        noise = (dice.random((cells, cells)) * 255).astype(np.uint8)
        grown = Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)
        total += np.asarray(grown.filter(ImageFilter.GaussianBlur(2)), float) / cells
    total -= total.min()
    return total / total.max()


def _tinted(ground: Floats, tints: Floats) -> Floats:
    at = ground * (len(tints) - 1)
    low = np.minimum(at.astype(int), len(tints) - 2)
    share = (at - low)[..., None]
    return tints[low] * (1 - share) + tints[low + 1] * share


def _blob(dice: Dice, draw: ImageDraw.ImageDraw, side: int, colour: Colour, size: float) -> None:
    x, y = dice.uniform(0.2, 0.8, 2) * side
    angles = np.linspace(0, 2 * np.pi, int(dice.integers(5, 14)), endpoint=False)
    radii = size * side * dice.uniform(0.6, 1.2, len(angles))
    points = [(x + r * np.cos(a), y + r * np.sin(a)) for r, a in zip(radii, angles, strict=True)]
    draw.polygon(points, colour)


def _wander(dice: Dice, side: int, step: float) -> list[tuple[float, float]]:
    angle, at = dice.uniform(0, 6.3), dice.uniform(0.2, 0.8, 2) * side
    ways = []
    for sign in (1, -1):
        here, heading, half = at.copy(), angle, []
        for _ in range(60):
            heading += dice.normal(0, 0.25)
            here = here + sign * step * np.array([np.cos(heading), np.sin(heading)])
            half.append((float(here[0]), float(here[1])))
        ways.append(half)
    return [*reversed(ways[1]), *ways[0]]


def _straight(dice: Dice, side: int) -> list[tuple[float, float]]:
    angle, at = dice.uniform(0, 6.3), dice.uniform(0.3, 0.7, 2) * side
    way = np.array([np.cos(angle), np.sin(angle)]) * side * 2
    return [tuple(at - way), tuple(at + way)]


def _names(dice: Dice, fonts: Fonts, picture: Picture, ink: Colour, count: int) -> None:
    face = fonts.any(dice)
    for _ in range(count):
        font = sized(face, int(picture.width * dice.uniform(0.016, 0.04)))
        text = wording.place(dice) + (" Street" if dice.random() < 0.3 else "")
        strip = Image.new("L", (int(font.getlength(text)) + 4, int(font.size * 1.4)))
        ImageDraw.Draw(strip).text((2, 0), text, 255, font)
        if dice.random() < 0.5:
            strip = strip.rotate(dice.uniform(-90, 90), expand=True)
        at = dice.uniform(0, 0.95, 2) * picture.size
        picture.paste(ink, (int(at[0]), int(at[1])), strip)


def _pins(dice: Dice, picture: Picture) -> None:
    draw = ImageDraw.Draw(picture)
    for _ in range(int(dice.integers(1, 6))):
        x, y = dice.uniform(0.1, 0.9, 2) * picture.size
        r = picture.width * 0.016
        colour = (220, 50, 40) if dice.random() < 0.7 else (40, 90, 220)
        draw.polygon([(x - r, y), (x + r, y), (x, y + 2.4 * r)], colour)
        draw.ellipse((x - r, y - r, x + r, y + r), colour)
