"""Scenes of level things: roads, rails, tiled floors, stairs, keyboards, tables, bridges."""

from __future__ import annotations

import numpy as np

from tests.technical.scenes.camera import Camera, Canvas
from tests.technical.scenes.upright import Random, ground, panel, wall


def _flat(
    canvas: Canvas, left: float, right: float, near: float, far: float, level: float, grey: float
) -> None:
    corners = ((left, near), (right, near), (right, far), (left, far))
    canvas.shape([(x, y, level) for x, y in corners], grey)


def _hedge(
    canvas: Canvas, random: Random, spot: tuple[float, float], along: tuple[float, float]
) -> None:
    """Bushes of all heights that hide what is far: no line of theirs is straight."""
    for share in np.sort(random.uniform(-0.1, 1.1, 150))[::-1]:
        x, y = spot[0] + along[0] * share, spot[1] + along[1] * share
        size = np.hypot(*along) / 40
        round_ = np.linspace(0, 2 * np.pi, 9)
        high = random.uniform(0.5, 1.3) * size
        shade = random.uniform(40, 110)
        canvas.shape([(x + np.cos(a) * size, y, high * (0.9 + np.sin(a))) for a in round_], shade)


def road(random: Random, camera: Camera) -> Canvas:
    """A straight road with kerbs and lane marks; the far end open or hidden by bushes."""
    canvas = Canvas(camera, random.uniform(150, 240))
    ground(canvas, random.uniform(80, 140))
    wide, aside = random.uniform(3, 7), random.uniform(-4, 4)
    if random.random() < 0.7:
        _hedge(canvas, random, (-300, 160), (600, 0))
    left, right = aside - wide, aside + wide
    if random.random() < 0.5:
        _flat(canvas, left - 2, left, -5, 200, 0, random.uniform(140, 190))
        _flat(canvas, right, right + 2, -5, 200, 0, random.uniform(140, 190))
    _flat(canvas, left, right, -5, 400, 0, random.uniform(50, 90))
    for kerb in (left, right):
        _flat(canvas, kerb - 0.1, kerb + 0.1, -5, 400, 0, 220)
    for mark in np.arange(-4, 120, random.uniform(4, 9)):
        _flat(canvas, aside - 0.08, aside + 0.08, mark, mark + 2, 0, 235)
    if random.random() < 0.4:
        rail = random.uniform(150, 210)
        panel(canvas, (right + 1, -5), (0, 200), 0.5, 0.8, rail)
        for post in np.arange(60, -4, -3.0):
            panel(canvas, (right + 1, post), (0.1, 0), 0, 0.8, rail - 60)
    return canvas


def rails(random: Random, camera: Camera) -> Canvas:
    """Railway tracks with their sleepers."""
    canvas = Canvas(camera, random.uniform(150, 240))
    ground(canvas, random.uniform(90, 140))
    if random.random() < 0.8:
        _hedge(canvas, random, (-300, 160), (600, 0))
    for track in (0.0, 4.0, -4.0)[: random.integers(1, 4)]:
        for sleeper in np.arange(-3, 60, 0.65):
            _flat(
                canvas,
                track - 1.25,
                track + 1.25,
                sleeper,
                sleeper + 0.25,
                0,
                random.uniform(50, 75),
            )
        for rail in (track - 0.72, track + 0.72):
            _flat(canvas, rail - 0.04, rail + 0.04, -3, 300, 0.15, random.uniform(190, 230))
    return canvas


def platform(random: Random, camera: Camera) -> Canvas:
    """A platform's edge or a quay seen along it: a few lines that run away, and bushes."""
    canvas = Canvas(camera, random.uniform(150, 240))
    ground(canvas, random.uniform(60, 110))
    _hedge(canvas, random, (-300, 160), (600, 0))
    edge = random.uniform(1, 4)
    _flat(canvas, -1.0, edge, -5, 150, 0.05, random.uniform(140, 200))
    _flat(canvas, edge - 0.3, edge, -5, 150, 0.06, 245)
    return canvas


def tiles(random: Random, camera: Camera) -> Canvas:
    """A tiled floor, its joints light or dark, a chequered one now and then."""
    canvas = Canvas(camera, random.uniform(150, 240))
    tile, size = random.uniform(80, 180), random.uniform(0.3, 0.6)
    chequered = random.random() < 0.3
    ground(canvas, tile + random.choice([-60, 60]), level=-0.001)
    for row, y in enumerate(np.arange(12, -2, -size)):
        for column, x in enumerate(np.arange(-8, 8, size)):
            shade = tile + (50 if chequered and (row + column) % 2 else 0) + random.uniform(-6, 6)
            _flat(canvas, x, x + size - 0.02, y, y + size - 0.02, 0, shade)
    if random.random() < 0.5:
        wall(canvas, random, (-12, 12), 0, 24, 4)
    return canvas


def stairs(random: Random, camera: Camera) -> Canvas:
    """A flight that rises ahead; steps of two greys between cheeks."""
    canvas = Canvas(camera, random.uniform(120, 220))
    ground(canvas, random.uniform(60, 120))
    rise, tread, wide = (
        random.uniform(0.14, 0.19),
        random.uniform(0.26, 0.4),
        random.uniform(1.5, 6),
    )
    near, step_grey = random.uniform(1.5, 4), random.uniform(110, 200)
    back = near + 20 * tread
    panel(canvas, (-15, back), (30, 0), 0, 9, random.uniform(120, 200))
    for step in reversed(range(20)):
        y, low = near + step * tread, step * rise
        _flat(canvas, -wide, wide, y, y + tread, low + rise, step_grey + 30)
        panel(canvas, (-wide, y), (2 * wide, 0), low, low + rise, step_grey - 40)
    return canvas


def stairs_aside(random: Random, camera: Camera) -> Canvas:
    """A flight seen from its side, with a rail on posts that slopes with it."""
    canvas = Canvas(camera, random.uniform(120, 220))
    ground(canvas, random.uniform(60, 120))
    rise, tread, away = random.uniform(0.14, 0.19), random.uniform(0.26, 0.34), random.uniform(3, 5)
    side, up = random.uniform(100, 200), random.choice([-1, 1])
    panel(canvas, (-20, away + 1.5), (40, 0), 0, 12, random.uniform(150, 230))
    for step in range(22):
        x = up * (step * tread - 3)
        _flat(
            canvas,
            min(x, x + up * tread),
            max(x, x + up * tread),
            away,
            away + 1.5,
            (step + 1) * rise,
            side + 40,
        )
        panel(canvas, (x, away), (up * tread, 0), 0, (step + 1) * rise, side)
    start, end = up * -3.0, up * (22 * tread - 3)
    low, high = 1.0, 22 * rise + 1.0
    for drop in (0.0, -0.45):
        ends = ((start, away, low + drop), (end, away, high + drop))
        canvas.shape(
            [*ends, (end, away, high + drop + 0.06), (start, away, low + drop + 0.06)], side - 80
        )
    if random.random() < 0.6:
        for step in range(0, 22, 2):
            x = up * (step * tread - 3)
            panel(canvas, (x, away), (0.04, 0), step * rise, step * rise + 1.0, side - 80)
    return canvas


def keyboard(random: Random, camera: Camera) -> Canvas:
    """Rows of keys on a table, near by, seen from any side."""
    desk, base, key = random.uniform(90, 200), random.uniform(20, 90), random.uniform(40, 240)
    canvas = Canvas(camera, desk)
    angle = random.uniform(-40, 40)
    centre = (random.uniform(-0.03, 0.03), camera.height / np.tan(np.radians(-camera.pitch)))

    def part(left: float, right: float, near: float, far: float, grey: float) -> None:
        _turned(canvas, centre, angle, (left, right, near, far), grey)

    part(-0.24, 0.24, -0.09, 0.09, base)
    for row, y in enumerate(np.arange(0.065, -0.085, -0.019)):
        x = -0.235 + row % 3 * 0.005
        while x < 0.22:
            size = 0.1 if row == 7 and abs(x) < 0.05 else 0.0165
            part(x, min(x + size, 0.235), y, y + 0.0155, key)
            x += size + 0.0025
    return canvas


def table(random: Random, camera: Camera) -> Canvas:
    """The edges of a table, with plates, before a plain wall."""
    canvas = Canvas(camera, random.uniform(120, 220))
    top, angle = random.uniform(60, 200), random.uniform(-40, 40)
    centre = (random.uniform(-0.3, 0.3), camera.height / np.tan(np.radians(-camera.pitch)))
    _turned(canvas, centre, angle, (-1, 1, -0.5, 0.5), top)
    for _ in range(random.integers(0, 5)):
        x, y = centre[0] + random.uniform(-0.5, 0.5), centre[1] + random.uniform(-0.3, 0.3)
        size, round_ = random.uniform(0.05, 0.13), np.linspace(0, 2 * np.pi, 24, endpoint=False)
        rim = [(x + size * np.cos(a), y + size * np.sin(a), 0.01) for a in round_]
        canvas.shape(rim, random.uniform(150, 250))
    return canvas


def _turned(
    canvas: Canvas,
    centre: tuple[float, float],
    angle: float,
    sides: tuple[float, float, float, float],
    grey: float,
) -> None:
    """Paints a level rectangle (left, right, near, far of `centre`), turned about the centre."""
    left, right, near, far = sides
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    corners = ((left, near), (right, near), (right, far), (left, far))
    turned = [
        (x * cosine - y * sine + centre[0], x * sine + y * cosine + centre[1], 0)
        for x, y in corners
    ]
    canvas.shape(turned, grey)


def bridge(random: Random, camera: Camera) -> Canvas:
    """A bridge over water seen from its side: a deck, girders and piers."""
    canvas = Canvas(camera, random.uniform(150, 240))
    _hedge(canvas, random, (-300, 160), (600, 0))
    _flat(canvas, -300, 300, -5, 150, -3, random.uniform(70, 150))
    away, deck, grey = random.uniform(20, 40), random.uniform(3, 8), random.uniform(40, 150)
    for pier in np.arange(-100, 100, random.uniform(12, 30)):
        panel(canvas, (pier, away), (2, 0), -3, deck, grey - 20)
    panel(canvas, (-150, away), (300, 0), deck, deck + 1.2, grey)
    panel(canvas, (-150, away), (300, 0), deck + 2.1, deck + 2.25, grey)
    for post in np.arange(-100, 100, 2.0):
        panel(canvas, (post, away), (0.15, 0), deck + 1.2, deck + 2.2, grey)
    return canvas
