"""The sea to its horizon: calm or in waves, under clouds or a sun, with boats, islands, a shore."""

from __future__ import annotations

import cv2
import numpy as np

from tests.technical.scenes.camera import HEIGHT, WIDTH, Camera, Canvas, Points
from tests.technical.scenes.upright import Random

_FINER = 2


def sea(random: Random, camera: Camera) -> Canvas:
    """A horizon across the whole picture, in its own contrast, and what stands before it."""
    canvas = Canvas(camera)
    across, above = _upright(camera)
    sky, water = random.uniform(140, 240), random.uniform(50, 140)
    if random.random() < 0.15:  # haze, dusk
        water = sky - random.uniform(12, 30)
    picture = np.where(above > 0, _sky(random, across, above, sky), 0)
    picture = np.where(above <= 0, _water(random, across, above, water), picture)
    canvas.pixels = np.clip(picture, 0, 255).astype(np.uint8)
    for thing, chance in ((_islands, 0.4), (_boats, 0.5), (_shore, 0.3), (_onlooker, 0.3)):
        if random.random() < chance:
            thing(canvas, random, camera)
    return canvas


def _upright(camera: Camera) -> tuple[Points, Points]:
    """Each pixel's place beside the middle and above the horizon, in widths."""
    y, x = np.mgrid[: HEIGHT * _FINER, : WIDTH * _FINER].astype(np.float32) / (WIDTH * _FINER)
    x, y = x - 0.5, HEIGHT / WIDTH / 2 - y
    roll, pitch = np.radians([camera.roll, camera.pitch])
    across, up = x * np.cos(roll) + y * np.sin(roll), y * np.cos(roll) - x * np.sin(roll)
    return across, up + camera.focal * np.tan(pitch)


def _noise(random: Random, across: Points, up: Points) -> Points:
    """Smooth noise of about unit size over the given coordinates."""
    grain = np.pad(random.standard_normal((256, 256)), 8, mode="wrap")
    tile = cv2.GaussianBlur(grain, (0, 0), 1.2)[8:-8, 8:-8]
    maps = (across.astype(np.float32), up.astype(np.float32))
    return np.asarray(cv2.remap(tile, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)) * 4


def _sky(random: Random, across: Points, above: Points, grey: float) -> Points:
    """Brighter towards the horizon, clouds drawn out along it, a sun now and then."""
    clouds = random.choice([0, 5, 12]) * _noise(random, across * 8, above * random.uniform(12, 40))
    picture = grey - 60 * above + clouds * np.clip(above * 8, 0, 1)
    if random.random() < 0.3:
        x, y = random.uniform(-0.4, 0.4), random.uniform(0.05, 0.25)
        picture = picture + 120 * np.exp(-(((across - x) ** 2 + (above - y) ** 2) / 0.01))
    return np.asarray(picture)


def _water(random: Random, across: Points, above: Points, grey: float) -> Points:
    """Waves that shrink towards the horizon, and a glittering path."""
    depth = np.maximum(-above, 1e-3)
    waves = random.choice([2, 8, 20]) * _noise(
        random, across / depth * 3, 6 / (depth + 0.02) + 40 * depth
    )
    picture = grey + 40 * depth + waves * np.clip(depth * 6, 0, 1)
    if random.random() < 0.3:
        picture = picture + 90 * np.exp(-(((across - random.uniform(-0.3, 0.3)) / 0.08) ** 2)) * (
            waves > 0
        )
    return np.asarray(picture)


def _islands(canvas: Canvas, random: Random, camera: Camera) -> None:
    """Hills of no straight outline on the horizon."""
    away = 2_000.0
    for _ in range(random.integers(1, 3)):
        x, wide, high = random.uniform(-900, 900), random.uniform(200, 700), random.uniform(30, 140)
        xs = np.linspace(-1, 1, 40)
        rough = np.cumsum(random.standard_normal(40)) * 0.05
        top = np.maximum((1 - xs**2) * (0.7 + rough), 0) * high
        grey = random.uniform(60, 130)
        for k in range(39):
            ends = (x + xs[k] * wide, x + xs[k + 1] * wide)
            base = camera.height
            canvas.shape(
                [
                    (ends[0], away, base),
                    (ends[1], away, base),
                    (ends[1], away, base + top[k + 1]),
                    (ends[0], away, base + top[k]),
                ],
                grey,
            )


def _boats(canvas: Canvas, random: Random, camera: Camera) -> None:
    """Hulls with masts or sails, heeling a little."""
    for _ in range(random.integers(1, 5)):
        away = random.uniform(60, 400)
        x, size, grey = (
            random.uniform(-0.5, 0.5) * away,
            random.uniform(4, 14),
            random.uniform(20, 250),
        )
        hull = ((-1, 0), (1, 0), (1.2, 0.35), (-1.2, 0.35))
        canvas.shape([(x + size / 2 * a, away, size / 2 * b) for a, b in hull], grey)
        heel = random.uniform(-0.15, 0.15)
        mast = ((0, 0.3), (0.04, 0.3), (0.04 + heel, 2.4), (heel, 2.4))
        canvas.shape([(x + size / 2 * a, away, size / 2 * b) for a, b in mast], grey)
        if random.random() < 0.5:
            sail = ((0.1, 0.5), (0.9, 0.5), (heel + 0.05, 2.3))
            canvas.shape([(x + size / 2 * a, away, size / 2 * b) for a, b in sail], 245)


def _shore(canvas: Canvas, random: Random, camera: Camera) -> None:
    """A beach in front, its edge running across the picture at some angle."""
    angle, near = np.radians(random.uniform(-25, 25)), random.uniform(6, 14) * camera.height / 1.6
    slope = np.tan(angle)
    canvas.shape(
        [(-60, 0.1, 0), (60, 0.1, 0), (60, near + 60 * slope, 0), (-60, near - 60 * slope, 0)], 205
    )


def _onlooker(canvas: Canvas, random: Random, camera: Camera) -> None:
    """Somebody, or a tree or a post, who hides a part of the horizon."""
    height, width = canvas.pixels.shape
    x, wide = random.uniform(0, width), random.uniform(20, 90)
    grey = int(random.uniform(10, 90))
    cv2.ellipse(canvas.pixels, ((x, height * 0.8), (wide * 2, height * 0.9), camera.roll), grey, -1)
    cv2.circle(canvas.pixels, (int(x), int(height * 0.33)), int(wide * 0.6), grey, -1)
