"""Rows of grouping: a thousand made photos, the pixels asked beside the embeddings.

The baseline asks the embeddings alone, of the same photos: each against each group's best.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from framed.culling.gathering import gather
from framed.culling.ranking import ranked
from framed.culling.shot import Shot, Vector
from framed.photo import GRAIN_RINGS, THUMBNAIL_SIDE, FileFacts, Grain, Likeness, Pixels
from scripts.benchmarks.row import Conditions, Measured, Row

_PHOTOS = 1000
_SIMILARITY = 0.9
_NEAR = 0.12  # noise on embeddings that are to be near: cosines of 0.97 and more
_DIMENSIONS = 512

Chance = np.random.Generator
Draw = Callable[[Chance], tuple[Pixels, float]]  # a thumbnail, and how far off its embedding lies


def _page(chance: Chance) -> tuple[Pixels, float]:
    """Other words in the same lines."""
    inked = np.zeros((THUMBNAIL_SIDE, THUMBNAIL_SIDE), bool)
    inked[8:-8:3, 10:-10] = chance.random((38, 108))[: len(range(8, 120, 3))] < 0.7
    return np.where(inked, 90, 255).astype(np.uint8), _NEAR


def _texture(chance: Chance) -> Pixels:
    grain = cv2.GaussianBlur(chance.normal(0, 1, (THUMBNAIL_SIDE, THUMBNAIL_SIDE)), (0, 0), 2.5)
    return np.clip(grain * 400 + 128, 0, 255).astype(np.uint8)


_ONE = _texture(np.random.default_rng(1))


def _copy(chance: Chance) -> tuple[Pixels, float]:
    grain = chance.normal(0, 1, _ONE.shape)
    return np.clip(_ONE + grain, 0, 255).astype(np.uint8), _NEAR


def _distinct(chance: Chance) -> tuple[Pixels, float]:
    return _texture(chance), 100.0


def _shots(draw: Draw) -> list[Shot]:
    chance = np.random.default_rng(0)
    return [_shot(index, *draw(chance), chance) for index in range(_PHOTOS)]


def _shot(index: int, thumbnail: Pixels, off: float, chance: Chance) -> Shot:
    vector: npt.NDArray[np.float64] = chance.normal(0, off / _DIMENSIONS**0.5, _DIMENSIONS)
    vector[0] += 1
    embedding: Vector = (vector / np.linalg.norm(vector)).astype(np.float32)
    facts = FileFacts(bytes=1_000_000 + index, quantisation=9.0)
    falling = tuple(1000.0 / ring**2 for ring in range(1, GRAIN_RINGS + 1))
    grain = Grain(4000, falling, step=5.0, blocks=0.3, repeats=0.0, polychromy=20.0)
    likeness = Likeness(thumbnail, str(index), {1024: 0.5, 512: 0.5}, 1.0, facts, grain)
    return Shot(index, embedding, likeness, (4000, 3000), "JPEG", f"{index}.jpg", 0.5, 0.7, 0.5)


def _by_embedding(shots: list[Shot]) -> None:
    best = np.empty((len(shots), _DIMENSIONS), np.float32)
    count = 0
    for shot in shots:
        cosines = best[:count] @ shot.embedding
        if not count or cosines.max() < _SIMILARITY:
            best[count] = shot.embedding
            count += 1


def _by_pixels(shots: list[Shot]) -> None:
    for group in gather(shots, _SIMILARITY):
        ranked(group)


def _milliseconds(way: Callable[[list[Shot]], None], shots: list[Shot], repeat: int) -> float:
    runs = []
    for _ in range(repeat):
        start = time.process_time()
        way(shots)
        runs.append((time.process_time() - start) * 1000)
    return min(runs)


def _row(name: str, draw: Draw, note: str) -> Row:
    def measure(conditions: Conditions) -> Measured:
        cv2.setNumThreads(1)
        shots = _shots(draw)
        repeat = min(conditions.repeat, 3)
        value = _milliseconds(_by_pixels, shots, repeat)
        return Measured(value, "CPU ms", _milliseconds(_by_embedding, shots, repeat), notes=(note,))

    return Row(name, measure)


ROWS = (
    _row("groups/pages", _page, f"{_PHOTOS:,} different pages, embeddings near; to those alone"),
    _row("groups/copies", _copy, f"{_PHOTOS:,} copies of one photo; to the embeddings alone"),
    _row("groups/distinct", _distinct, f"{_PHOTOS:,} different photos; to the embeddings alone"),
)
