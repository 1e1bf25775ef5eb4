"""Framed's engine alone, as the server opens it, and what decode and engine reach without it."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from framed.answers.looking import OVERSAMPLE
from framed.imaging.prepare import prepare
from framed.imaging.reduce import use_one_thread
from framed.photo import DecodeSpec, Pixels, SquareSpec, ViewSpec
from framed.settings import Settings
from runners.clip.models import default_model
from runners.clip.opening import open_model

Rows = npt.NDArray[np.float32]


class Bare:
    """The engine that `settings` choose, warmed up at squares of side `size`."""

    def __init__(self, settings: Settings, size: int) -> None:
        self._opened = open_model(default_model(settings), settings)
        self._engine = self._opened.engine
        self._size = size
        self._engine.encode_images(np.zeros((1, size, size, 3), np.uint8))

    def facts(self) -> dict[str, Any]:
        """Name, device and precision of the engine, and why a better one was refused."""
        engine = self._engine
        return {
            "engine": engine.name,
            "device": engine.device,
            "precision": engine.precision,
            "refused": self._opened.refused,
        }

    def image_ms(self, square: Pixels) -> float:
        """CPU time of one square uint8 [S, S, 3]."""
        start = time.process_time()
        self._engine.encode_images(square[None])
        return (time.process_time() - start) * 1e3

    def rows(self, squares: Pixels) -> Rows:
        """Squares uint8 [N, S, S, 3] -> unit rows [N, D]."""
        return np.concatenate([self._engine.encode_images(square[None]) for square in squares])

    def square(self, jpeg: bytes) -> Pixels:
        """A photo as the model looks at it, uint8 [S, S, 3]."""
        cut = self._opened.facts.preprocess
        spec = SquareSpec(self._size, cut.resize_mode, cut.interpolation, cut.fill)
        decode = DecodeSpec(min_short_side=OVERSAMPLE * self._size)
        return prepare(jpeg, decode, ViewSpec((spec,))).views.squares[self._size]

    def photo_ms(self, jpegs: Sequence[bytes], count: int) -> float:
        """The median wall time of decode and engine for one photo after the other."""
        use_one_thread()
        times = []
        for jpeg in itertools.islice(itertools.cycle(jpegs), count):
            start = time.perf_counter()
            self._one(jpeg)
            times.append((time.perf_counter() - start) * 1e3)
        return statistics.median(times)

    def rate(self, jpegs: Sequence[bytes], seconds: float) -> tuple[float, float]:
        """(photos a second, CPU ms a photo) of as many threads as the engine has streams, each of
        which decodes and encodes."""
        end = time.perf_counter() + seconds

        def work() -> int:
            use_one_thread()
            order = itertools.cycle(jpegs)
            return sum(
                self._one(next(order)) for _ in iter(lambda: time.perf_counter() < end, False)
            )

        streams = self._engine.streams
        with ThreadPoolExecutor(streams) as threads:
            start, cpu = time.perf_counter(), time.process_time()
            running = [threads.submit(work) for _ in range(streams)]
            done = sum(each.result() for each in running)
            used = time.process_time() - cpu
            return done / (time.perf_counter() - start), used / done * 1e3

    def _one(self, jpeg: bytes) -> int:
        return len(self._engine.encode_images(self.square(jpeg)[None]))
