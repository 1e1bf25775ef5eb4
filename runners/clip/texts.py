"""Words to vectors: from memory, else from the disk, else in small pieces between the photos."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from threading import Lock

import numpy as np

from framed.errors import Code, FramedError
from framed.results import Embedding
from runners.clip.engines.contract import Engine
from runners.clip.words.prompt_cache import PromptCache

CHUNK = 48  # prompts an engine call: short enough that no photo waits long behind them
WAITING = 4_000  # callers' prompts that may wait: four requests of as many texts as one may bring
REMEMBERED = 20_000  # prompts kept: 20 MB at 256 dimensions, 61 MB at 768

Vectors = Mapping[str, Embedding]


class TextEncoder:
    """Encodes prompts on the engine's own thread; the most recently used stay in memory.

    Callers' chunks take turns, one in the engine's queue at a time: neither photos nor another
    caller's few words wait for the many words of one. What label banks need is kept in `cache`;
    callers' words are looked up there, but never written: they could push the banks' out.
    """

    def __init__(
        self,
        engine: Engine,
        executor: Executor,
        *,
        remembered: int = REMEMBERED,
        limit: int = WAITING,
        patience: float | None = None,
        cache: PromptCache | None = None,
    ) -> None:
        self._engine = engine
        self._executor = executor
        self._remembered = remembered
        self._limit = limit
        self._patience = patience
        self._cache = cache
        self._memory: OrderedDict[str, Embedding] = OrderedDict()
        self._lock = Lock()
        self._turn = asyncio.Lock()  # first come, first served
        self.waiting = 0  # callers' prompts not encoded yet; touched on the event loop only
        self.encoded = 0  # prompts that went through the model since the start

    async def encode(self, prompts: Iterable[str]) -> Vectors:
        """Prompt -> unit vector float32 [D], each distinct prompt encoded at most once.

        Raises `overloaded` where too many wait already, `deadline` once `patience` (seconds) has
        passed. A caller that leaves costs no more chunks.
        """
        wanted = dict.fromkeys(prompts)
        try:
            async with asyncio.timeout(self._patience):
                found = await self._look_up(wanted)
                missing = _without(wanted, found)
                chunks = await asyncio.to_thread(self._engine.arrange_texts, missing, CHUNK)
                if chunks:
                    self._admit()
                return found | await self._encode_in_turns(chunks)
        except TimeoutError:
            words = "The texts were not encoded in time; send fewer of them at once."
            raise FramedError(Code.DEADLINE, words) from None

    async def _encode_in_turns(self, chunks: Sequence[Sequence[str]]) -> dict[str, Embedding]:
        found: dict[str, Embedding] = {}
        left = sum(map(len, chunks))
        self.waiting += left
        try:
            for chunk in chunks:
                found |= await self._in_turn(chunk)
                self.waiting, left = self.waiting - len(chunk), left - len(chunk)
        finally:
            self.waiting -= left
        return found

    def encode_and_wait(self, prompts: Iterable[str]) -> Vectors:
        """As `encode`, for a thread of its own (neither the engine's nor the event loop's).

        Never refused: label banks are built this way.
        """
        wanted = dict.fromkeys(prompts)
        found = self._recall(wanted)
        found |= self._read(_without(wanted, found))
        for chunk in self._engine.arrange_texts(_without(wanted, found), CHUNK):
            fresh = self._executor.submit(self._encode_chunk, chunk).result()
            if self._cache is not None:
                self._cache.put_many(fresh)  # here: the engine's thread goes on with photos
            found |= fresh
        return found

    def _admit(self) -> None:
        if self.waiting >= self._limit:
            raise FramedError(
                Code.OVERLOADED,
                "Too many texts wait for the model; try again shortly.",
                retry_after=1,
            )

    async def _in_turn(self, chunk: Sequence[str]) -> dict[str, Embedding]:
        async with self._turn:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._executor, self._encode_chunk, chunk)

    async def _look_up(self, wanted: Iterable[str]) -> dict[str, Embedding]:
        """What is known already; the event loop does not wait for the disk."""
        found = self._recall(wanted)
        missing = _without(wanted, found)
        if missing and self._cache is not None:
            found |= await asyncio.to_thread(self._read, missing)
        return found

    def _read(self, prompts: Sequence[str]) -> dict[str, Embedding]:
        """Those of `prompts` that the disk knows; from now on memory knows them, too."""
        if self._cache is None:
            return {}
        found = self._cache.get_many(prompts)
        self._remember(found)
        return found

    def _encode_chunk(self, chunk: Sequence[str]) -> dict[str, Embedding]:
        rows = self._engine.encode_texts(chunk)
        fresh = {prompt: np.array(row) for prompt, row in zip(chunk, rows, strict=True)}
        self._remember(fresh, encoded=len(fresh))
        return fresh

    def _recall(self, prompts: Iterable[str]) -> dict[str, Embedding]:
        with self._lock:
            found = {prompt: self._memory[prompt] for prompt in prompts if prompt in self._memory}
            for prompt in found:
                self._memory.move_to_end(prompt)
        return found

    def _remember(self, fresh: Mapping[str, Embedding], *, encoded: int = 0) -> None:
        with self._lock:
            self.encoded += encoded
            self._memory.update(fresh)
            while len(self._memory) > self._remembered:
                self._memory.popitem(last=False)


def _without(wanted: Iterable[str], found: Mapping[str, Embedding]) -> list[str]:
    return [prompt for prompt in wanted if prompt not in found]
