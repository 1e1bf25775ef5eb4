"""Scenes that stand upright: façades, terraces, corners, towers, shelves, corridors, fences."""

from __future__ import annotations

import numpy as np

from tests.technical.scenes.camera import Camera, Canvas

Random = np.random.Generator
Spot = tuple[float, float]  # x, y on the ground

_GROUND = 80.0  # m, as far as the ground reaches


def ground(canvas: Canvas, grey: float, level: float = 0.0) -> None:
    """Paints a large level ground about the camera, to the horizon where `level` is 0."""
    side = _GROUND if level else 5_000.0
    corners = ((-side, -side), (side, -side), (side, side), (-side, side))
    canvas.shape([(x, y, level) for x, y in corners], grey)


def panel(canvas: Canvas, spot: Spot, along: Spot, low: float, high: float, grey: float) -> None:
    """Paints an upright rectangle from `spot` along a vector on the ground."""
    (x, y), (dx, dy) = spot, along
    ends = ((x, y), (x + dx, y + dy))
    canvas.shape([(*ends[0], low), (*ends[1], low), (*ends[1], high), (*ends[0], high)], grey)


def wall(
    canvas: Canvas, random: Random, spot: Spot, angle: float, long: float, high: float
) -> None:
    """Paints a façade with storeys of windows, now and then sills, cornices and a door.

    `angle` is that of the wall on the ground, in degrees from x towards y.
    """
    ux, uy = np.cos(np.radians(angle)), np.sin(np.radians(angle))

    def part(start: float, size: float, low: float, top: float, grey: float) -> None:
        panel(
            canvas,
            (spot[0] + ux * start, spot[1] + uy * start),
            (ux * size, uy * size),
            low,
            top,
            grey,
        )

    plaster = random.uniform(90, 220)
    glass = plaster + random.choice([-70, -50, 35])
    part(0, long, 0, high, plaster)
    storey, bay = random.uniform(2.8, 3.6), random.uniform(2.0, 3.5)
    sill, cornice = random.random() < 0.5, random.random() < 0.5
    wide = bay * random.uniform(0.35, 0.6)
    for floor in np.arange(0, high - storey * 0.8, storey):
        if cornice:
            part(0, long, floor + storey - 0.25, floor + storey, plaster * 0.8)
        for place in np.arange(bay * 0.3, long - bay * 0.8, bay):
            part(place, wide, floor + 0.9, floor + storey * 0.8, glass)
            if sill:
                part(place - 0.1, wide + 0.2, floor + 0.75, floor + 0.9, plaster + 25)


def facade(random: Random, camera: Camera) -> Canvas:
    """One wall that fills the picture, seen at the camera's angle."""
    canvas = Canvas(camera, random.uniform(170, 240))
    ground(canvas, random.uniform(60, 130))
    away, high = random.uniform(6, 14), random.uniform(7, 22)
    wall(canvas, random, (-40, away), 0, 80, high)
    return canvas


def terrace(random: Random, camera: Camera) -> Canvas:
    """Houses side by side, each of its own height and plaster, along a pavement."""
    canvas = Canvas(camera, random.uniform(170, 240))
    ground(canvas, random.uniform(60, 130))
    away = random.uniform(6, 12)
    canvas.shape([(-60, 2, 0), (60, 2, 0), (60, away, 0), (-60, away, 0)], random.uniform(130, 160))
    start = -45.0
    while start < 45:
        long = random.uniform(5, 9)
        wall(canvas, random, (start, away), 0, long, random.uniform(5, 11))
        start += long + (random.uniform(0.5, 2) if random.random() < 0.3 else 0)
    return canvas


def corner(random: Random, camera: Camera) -> Canvas:
    """A building seen at its corner: two walls that run away to both sides."""
    canvas = Canvas(camera, random.uniform(170, 240))
    ground(canvas, random.uniform(60, 130))
    away, high = random.uniform(9, 20), random.uniform(7, 25)
    turn = random.uniform(20, 70)
    spot = (random.uniform(-3, 3), away)
    wall(canvas, random, spot, turn, random.uniform(10, 30), high)
    wall(canvas, random, spot, 90 + turn, random.uniform(10, 30), high)
    return canvas


def brick_wall(random: Random, camera: Camera) -> Canvas:
    """Courses of bricks with light or dark joints, nothing else in the picture."""
    canvas = Canvas(camera)
    brick, away = random.uniform(90, 160), random.uniform(1.5, 3)
    panel(canvas, (-20, away), (40, 0), -2, 8, brick + random.choice([-50, 60]))
    long, high = (0.5, 0.2) if random.random() < 0.5 else (0.3, 0.12)
    for course, low in enumerate(np.arange(-0.4, 4.5, high)):
        for start in np.arange(*((-12, 3) if camera.yaw > 0 else (-3, 12)), long):
            shade = brick + random.uniform(-20, 20)
            panel(
                canvas,
                (start + course % 2 * long / 2, away),
                (long - 0.02, 0),
                low,
                low + high - 0.02,
                shade,
            )
    return canvas


def shelves(random: Random, camera: Camera) -> Canvas:
    """Boards with books of all heights, some of them leaning."""
    canvas = Canvas(camera, random.uniform(60, 200))
    away = random.uniform(1.2, 2.5)
    board = random.uniform(120, 230)
    panel(canvas, (-4, away), (8, 0), 0, 4, random.uniform(30, 70))
    spacing = random.uniform(0.3, 0.42)
    books = random.uniform(0.5, 1)
    for low in np.arange(0, 3.6, spacing):
        start = -4.0
        while start < 4:
            thick, high = random.uniform(0.02, 0.06), spacing * random.uniform(0.55, 0.9)
            if random.random() < books:
                lean = random.uniform(-0.12, 0.12) if random.random() < 0.06 else 0.0
                shade = random.uniform(40, 220)
                canvas.shape(
                    [
                        (start, away, low),
                        (start + thick, away, low),
                        (start + thick + lean, away, low + high),
                        (start + lean, away, low + high),
                    ],
                    shade,
                )
                start += abs(lean)
            start += thick
        panel(canvas, (-4, away), (8, 0), low - 0.03, low, board)
    for post in np.arange(-4, 4, random.uniform(0.8, 1.2)):
        panel(canvas, (post, away), (0.03, 0), 0, 4, board)
    return canvas


def corridor(random: Random, camera: Camera) -> Canvas:
    """A hallway: floor, ceiling with lamps, walls with doors, and what closes it."""
    canvas = Canvas(camera, random.uniform(90, 200))
    wide, high, deep = random.uniform(1, 2), random.uniform(2.4, 3.2), random.uniform(10, 30)
    walls = random.uniform(130, 220)
    for side in (-wide, wide):
        panel(canvas, (side, -2), (0, deep + 2), 0, high, walls - 15 * (side > 0))
        for door in np.arange(1, deep - 1.5, random.uniform(2.2, 4)):
            panel(canvas, (side, door), (0, 0.95), 0, 2.05, walls - 60)
        panel(canvas, (side, -2), (0, deep + 2), 0, 0.1, walls - 80)
    for level, shade in ((0, random.uniform(60, 120)), (high, random.uniform(190, 250))):
        canvas.shape(
            [(-wide, -2, level), (wide, -2, level), (wide, deep, level), (-wide, deep, level)],
            shade,
        )
    for lamp in np.arange(1, deep, 2.5):
        canvas.shape(
            [(-0.3, lamp, high), (0.3, lamp, high), (0.3, lamp + 1, high), (-0.3, lamp + 1, high)],
            255,
        )
    panel(canvas, (-wide, deep), (2 * wide, 0), 0, high, walls + 15)
    return canvas


def fence(random: Random, camera: Camera) -> Canvas:
    """Pickets between two rails before a meadow."""
    canvas = Canvas(camera, random.uniform(170, 240))
    ground(canvas, random.uniform(80, 130))
    away, high, grey = random.uniform(2, 4), random.uniform(1, 1.9), random.uniform(20, 230)
    step = random.uniform(0.12, 0.5)
    for rail in (0.25, 0.8):
        panel(canvas, (-15, away), (30, 0), high * rail, high * rail + 0.07, grey)
    for picket in np.arange(-12, 12, step):
        panel(
            canvas,
            (picket, away),
            (min(0.08, step * 0.5), 0),
            0,
            high,
            grey + random.uniform(-8, 8),
        )
    return canvas


def tower(random: Random, camera: Camera) -> Canvas:
    """A high building near by, its sides running together above."""
    canvas = Canvas(camera, random.uniform(170, 240))
    away, turn, high = random.uniform(10, 18), random.uniform(-20, 50), random.uniform(25, 60)
    spot = (random.uniform(-9, -3), away)
    long = random.uniform(10, 16)
    wall(canvas, random, spot, turn, long, high)
    end = (spot[0] + long * np.cos(np.radians(turn)), spot[1] + long * np.sin(np.radians(turn)))
    wall(canvas, random, end, turn + 90, 12, high)
    return canvas
