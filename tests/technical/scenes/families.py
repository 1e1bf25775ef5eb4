"""Photos of made scenes, family by family, with the angle at which the camera was held."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from tests.technical.pictures import Grey
from tests.technical.scenes import lying, seas, upright
from tests.technical.scenes.camera import Camera, Canvas
from tests.technical.scenes.upright import Random

Span = tuple[float, float]


@dataclass(frozen=True)
class Family:
    """How scenes of a kind are made and from where they are taken; spans of degrees and metres."""

    make: Callable[[Random, Camera], Canvas]
    yaw: Span = (-60, 60)
    pitch: Span = (-15, 15)
    height: Span = (1.4, 1.8)
    roll: float = 5.0  # the steepest


FAMILIES = {
    "facade": Family(upright.facade),
    "terrace": Family(upright.terrace),
    "corner": Family(upright.corner, yaw=(-25, 25)),
    "brick_wall": Family(upright.brick_wall),
    "shelves": Family(upright.shelves),
    "corridor": Family(upright.corridor, yaw=(-35, 35)),
    "fence": Family(upright.fence),
    "tower": Family(upright.tower, yaw=(-20, 20), pitch=(10, 35)),
    "road": Family(lying.road, pitch=(-15, 5)),
    "rails": Family(lying.rails, pitch=(-20, 5)),
    "platform": Family(lying.platform, pitch=(-15, 5)),
    "tiles": Family(lying.tiles, pitch=(-35, 0)),
    "stairs": Family(lying.stairs),
    "stairs_aside": Family(lying.stairs_aside, yaw=(-30, 30)),
    "keyboard": Family(lying.keyboard, yaw=(-5, 5), pitch=(-60, -25), height=(0.2, 0.45)),
    "table": Family(lying.table, yaw=(-8, 8), pitch=(-35, -10), height=(0.35, 0.6)),
    "bridge": Family(lying.bridge, yaw=(-50, 50), pitch=(-8, 12)),
}
SEA = Family(seas.sea, pitch=(-9, 9), height=(1.6, 20), roll=15.0)


@dataclass(frozen=True)
class Photo:
    """A grey preview and how far a level line ahead is tilted in it, in degrees."""

    grey: Grey
    roll: float


def photos(name: str, count: int, seed: int = 0) -> Iterator[Photo]:
    """So many photos of a family, or of "sea"; half of them held level. Same seed, same photos."""
    family = SEA if name == "sea" else FAMILIES[name]
    for number in range(count):
        random = np.random.default_rng([seed, number, zlib.crc32(name.encode())])
        roll = random.uniform(-family.roll, family.roll) if number % 2 else 0.0
        spans = (family.yaw, family.pitch)
        yaw, pitch = (random.uniform(*span) for span in spans)
        height, focal = random.uniform(*family.height), random.uniform(0.65, 1.5)
        canvas = family.make(random, Camera(yaw, pitch, roll, height, focal))
        if name != "sea" and random.random() < 0.4:
            _in_the_way(canvas, random)
        yield Photo(_taken(canvas.grey(), random), roll)


def _in_the_way(canvas: Canvas, random: Random) -> None:
    """Leaves and passers-by: ragged dark shapes before the scene."""
    height, width = canvas.pixels.shape
    for _ in range(random.integers(1, 4)):
        x, y, size = random.uniform(0, width), random.uniform(0, height), random.uniform(0.02, 0.12)
        for _ in range(40):
            spot = (
                int(x + random.normal(0, size * width)),
                int(y + random.normal(0, size * width)),
            )
            radius = int(random.uniform(0.05, 0.3) * size * width) + 1
            cv2.circle(canvas.pixels, spot, radius, int(random.uniform(20, 120)), -1)


def _taken(grey: Grey, random: Random) -> Grey:
    """The picture with uneven light, blur, grain and the marks of JPEG."""
    height, width = grey.shape
    light = cv2.resize(
        random.uniform(0.75, 1.1, (3, 4)), (width, height), interpolation=cv2.INTER_CUBIC
    )
    soft = cv2.GaussianBlur(grey * light, (0, 0), random.uniform(0.3, 1.0))
    noisy = soft + random.normal(0, random.choice([1, 3, 6]), grey.shape)
    exact = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(50, 96))]
    file = cv2.imencode(".jpg", exact, quality)[1]
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_GRAYSCALE), np.uint8)
