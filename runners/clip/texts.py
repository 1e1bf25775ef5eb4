"""Words to vectors, in small pieces between the photos, and a memory of those already made."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from threading import Lock

import numpy as np

from framed.results import Embedding
from runners.clip.engines.contract import Engine

CHUNK = 48  # prompts an engine call: short enough that no photo waits long behind them
REMEMBERED = 20_000  # prompts kept: 20 MB at 256 dimensions, 61 MB at 768


class TextEncoder:
    """Encodes prompts on the engine's own thread; the most recently used stay in memory.

    May be called from any thread but the engine's.
    """

    def __init__(self, engine: Engine, executor: Executor, *, remembered: int = REMEMBERED) -> None:
        self._engine = engine
        self._executor = executor
        self._remembered = remembered
        self._memory: OrderedDict[str, Embedding] = OrderedDict()
        self._lock = Lock()
        self.encoded = 0  # prompts that went through the model since the start

    def encode(self, prompts: Iterable[str]) -> Mapping[str, Embedding]:
        """Prompt -> unit vector float32 [D], each distinct prompt encoded at most once."""
        wanted = dict.fromkeys(prompts)
        found = self._recall(wanted)
        # like lengths together: a call is as long as its longest prompt
        missing = sorted((prompt for prompt in wanted if prompt not in found), key=len)
        for start in range(0, len(missing), CHUNK):
            found.update(self._encode_chunk(missing[start : start + CHUNK]))
        return found

    def _encode_chunk(self, chunk: list[str]) -> dict[str, Embedding]:
        rows = self._executor.submit(self._engine.encode_texts, chunk).result()
        fresh = {prompt: np.array(row) for prompt, row in zip(chunk, rows, strict=True)}
        self._remember(fresh)
        return fresh

    def _recall(self, prompts: Iterable[str]) -> dict[str, Embedding]:
        with self._lock:
            found = {prompt: self._memory[prompt] for prompt in prompts if prompt in self._memory}
            for prompt in found:
                self._memory.move_to_end(prompt)
        return found

    def _remember(self, fresh: Mapping[str, Embedding]) -> None:
        with self._lock:
            self.encoded += len(fresh)
            self._memory.update(fresh)
            while len(self._memory) > self._remembered:
                self._memory.popitem(last=False)
