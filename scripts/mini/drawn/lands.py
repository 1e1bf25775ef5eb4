"""Maps of lands: heights, countries, coasts, ways to walk."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from scripts.mini.drawn import wording
from scripts.mini.drawn.fonts import Fonts, sized
from scripts.mini.drawn.marks import blob, names, wander

Dice = np.random.Generator
Picture = Image.Image
Floats = Any


def contours(dice: Dice, fonts: Fonts, size: tuple[int, int]) -> Picture:
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
        draw.line(wander(dice, max(size), max(size) / 14), (200, 60, 40), 3)
    names(dice, fonts, found, (60, 40, 30), int(dice.integers(3, 14)))
    return found


def countries(dice: Dice, fonts: Fonts, size: tuple[int, int]) -> Picture:
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
    names(dice, fonts, found, (40, 40, 50), int(dice.integers(4, 18)))
    return found


def coast(dice: Dice, fonts: Fonts, size: tuple[int, int]) -> Picture:
    """Land of one tint in a sea, drawn by hand: places as dots, a few roads."""
    sea = [(170, 211, 230), (150, 195, 225), (190, 220, 240), (110, 160, 205)]
    land = [(238, 232, 205), (225, 235, 205), (245, 240, 225), (215, 225, 180)]
    picture = Image.new("RGB", size, sea[int(dice.integers(4))])
    draw, side = ImageDraw.Draw(picture), min(size)
    tint, middle = land[int(dice.integers(4))], dice.uniform(0.35, 0.65, 2) * size
    for _ in range(int(dice.integers(4, 22))):
        x, y = middle + dice.normal(0, 0.17, 2) * side
        r = dice.uniform(0.05, 0.22) * side
        if dice.random() < 0.6:
            draw.ellipse((x - r, y - r * dice.uniform(0.6, 1), x + r, y + r), tint)
        else:
            blob(dice, draw, side, tint, r / side)
    for _ in range(int(dice.integers(0, 8))):
        bends = middle + dice.normal(0, 0.18, (int(dice.integers(2, 6)), 2)) * side
        colour = [(220, 120, 90), (150, 150, 150), (240, 190, 80), (90, 90, 90)]
        draw.line(
            [tuple(it) for it in bends], colour[int(dice.integers(4))], int(dice.integers(2, 6))
        )
    font = sized(fonts.any(dice), int(side * dice.uniform(0.024, 0.04)))
    for _ in range(int(dice.integers(3, 16))):
        x, y = middle + dice.normal(0, 0.2, 2) * side
        draw.ellipse((x - 4, y - 4, x + 4, y + 4), (60, 60, 60))
        draw.text((x + 7, y - 9), wording.place(dice), (40, 40, 40), font)
    return picture


def walks(dice: Dice, fonts: Fonts, size: tuple[int, int]) -> Picture:
    """Rings around summits on a plain ground, with ways in red and blue."""
    ground = [(222, 234, 205), (240, 236, 220), (205, 225, 190), (250, 248, 240)]
    picture = Image.new("RGB", size, ground[int(dice.integers(4))])
    draw, side = ImageDraw.Draw(picture), min(size)
    line = [(176, 130, 90), (150, 150, 130), (120, 100, 70)][int(dice.integers(3))]
    for _ in range(int(dice.integers(2, 8))):
        x, y = dice.uniform(0.1, 0.9, 2) * size
        wide, high, count = *dice.uniform(0.012, 0.03, 2) * side, int(dice.integers(5, 16))
        for ring in range(count, 0, -1):
            box = (x - wide * ring, y - high * ring, x + wide * ring, y + high * ring)
            draw.ellipse(box, None, line, int(dice.integers(1, 3)))
    for _ in range(int(dice.integers(1, 5))):
        way = (
            wander(dice, side, side / 10)
            if dice.random() < 0.5
            else [tuple(it) for it in dice.uniform(0, 1, (int(dice.integers(2, 6)), 2)) * size]
        )
        colour = [(210, 50, 50), (60, 110, 200), (230, 140, 40), (60, 60, 60)]
        draw.line(way, colour[int(dice.integers(4))], int(dice.integers(2, 6)), joint="curve")
    names(dice, fonts, picture, (60, 50, 40), int(dice.integers(4, 16)))
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
