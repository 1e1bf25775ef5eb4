"""Several engines of one model, one on each device, behind the contract of one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from framed.errors import FramedError, StartupError
from runners.clip.engines.contract import Engine

Rows = npt.NDArray[np.float32]

_log = logging.getLogger(__name__)


class EnginePool:
    """Photos go to the engine with the fewest at work, texts to the first.

    Calls come from as many threads as there are `streams`.
    """

    def __init__(self, engines: Sequence[Engine]) -> None:
        """`engines` of the same model, on devices of their own; at least one."""
        self._engines = tuple(engines)
        self._at_work = [0] * len(self._engines)
        self._given = [0] * len(self._engines)
        self._left_out: tuple[str, ...] = ()
        self._lock = threading.Lock()
        self._describe()

    @property
    def refused(self) -> tuple[str, ...]:
        """What better engines or formats there were, and why they do not serve."""
        own = (reason for engine in self._engines for reason in getattr(engine, "refused", ()))
        return (*self._left_out, *own)

    def encode_images(self, batch: npt.NDArray[np.uint8]) -> Rows:
        """RGB squares [B, S, S, 3] -> unit rows [B, D], all by one engine; see `Engine`."""
        with self._least_loaded(len(batch)) as engine:
            return engine.encode_images(batch)

    def encode_texts(self, texts: Sequence[str]) -> Rows:
        """N texts -> unit rows [N, D]; see `Engine`."""
        return self._engines[0].encode_texts(texts)

    def arrange_texts(self, prompts: Sequence[str], most: int) -> list[list[str]]:
        """As the engine that encodes them wants them; see `Engine`."""
        return self._engines[0].arrange_texts(prompts, most)

    def warm_up(self) -> None:
        """Warms every engine, before any is used; one that fails is left out, with a warning.

        Raises what the last one raised where none is left.
        """
        warm: list[Engine] = []
        for engine in self._engines:
            try:
                engine.warm_up()
            except (StartupError, FramedError, RuntimeError) as error:
                if not warm and engine is self._engines[-1]:
                    raise
                self._left_out += (f"{engine.name} on {engine.device}: {error}",)
                _log.warning("left out: %s", self._left_out[-1])
                continue
            warm.append(engine)
        self._engines = tuple(warm)
        self._describe()

    def vram_used_gb(self) -> float:
        """Memory held on all devices, in GB (10^9 bytes)."""
        return sum(engine.vram_used_gb() for engine in self._engines)

    def cuda_available(self) -> bool:
        """Whether this process could use CUDA."""
        return any(engine.cuda_available() for engine in self._engines)

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Whether `error` is how any of the engines runs out of memory."""
        return any(engine.is_out_of_memory(error) for engine in self._engines)

    def release_memory(self) -> None:
        """Gives the cached memory of all engines back."""
        for engine in self._engines:
            engine.release_memory()

    def _describe(self) -> None:
        engines = self._engines
        first = engines[0]
        self.name, self.threads = first.name, first.threads
        self.sizes, self.default_size = first.sizes, first.default_size
        self.text_precision = first.text_precision
        self.device = ",".join(engine.device for engine in engines)
        self.precision = ",".join(dict.fromkeys(engine.precision for engine in engines))
        self.streams = sum(engine.streams for engine in engines)

    @contextmanager
    def _least_loaded(self, photos: int) -> Iterator[Engine]:
        with self._lock:
            chosen = min(range(len(self._engines)), key=self._load)
            self._at_work[chosen] += photos
            self._given[chosen] += photos
        try:
            yield self._engines[chosen]
        finally:
            with self._lock:
                self._at_work[chosen] -= photos

    def _load(self, index: int) -> tuple[int, int]:
        """Photos at work; among equals the one that was given fewer so far."""
        return self._at_work[index], self._given[index]
