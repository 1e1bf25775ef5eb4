"""What stands on maps: areas, ways, names and pins."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scripts.mini.drawn import wording
from scripts.mini.drawn.fonts import Fonts, sized

Dice = np.random.Generator
Picture = Image.Image
Colour = tuple[int, int, int]


def blob(dice: Dice, draw: ImageDraw.ImageDraw, side: int, colour: Colour, size: float) -> None:
    """An area with corners, in the middle of the map."""
    x, y = dice.uniform(0.2, 0.8, 2) * side
    angles = np.linspace(0, 2 * np.pi, int(dice.integers(5, 14)), endpoint=False)
    radii = size * side * dice.uniform(0.6, 1.2, len(angles))
    points = [(x + r * np.cos(a), y + r * np.sin(a)) for r, a in zip(radii, angles, strict=True)]
    draw.polygon(points, colour)


def wander(dice: Dice, side: int, step: float) -> list[tuple[float, float]]:
    """A way that bends, across the map."""
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


def straight(dice: Dice, side: int) -> list[tuple[float, float]]:
    """A straight way across the map."""
    angle, at = dice.uniform(0, 6.3), dice.uniform(0.3, 0.7, 2) * side
    way = np.array([np.cos(angle), np.sin(angle)]) * side * 2
    return [tuple(at - way), tuple(at + way)]


def names(dice: Dice, fonts: Fonts, picture: Picture, ink: Colour, count: int) -> None:
    """Names of places and streets, level or along something."""
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


def pins(dice: Dice, picture: Picture) -> None:
    """Some pins in red or blue."""
    draw = ImageDraw.Draw(picture)
    for _ in range(int(dice.integers(1, 6))):
        x, y = dice.uniform(0.1, 0.9, 2) * picture.size
        r = picture.width * 0.016
        colour = (220, 50, 40) if dice.random() < 0.7 else (40, 90, 220)
        draw.polygon([(x - r, y), (x + r, y), (x, y + 2.4 * r)], colour)
        draw.ellipse((x - r, y - r, x + r, y + r), colour)
