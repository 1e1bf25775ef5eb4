"""Words to vectors: from memory, else from the disk, else in small pieces between the photos."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from threading import Lock

import numpy as np

from framed.deadline import seconds_left
from framed.results import Embedding
from runners.clip.engines.contract import Engine
from runners.clip.words.pace import Chunk
from runners.clip.words.prompt_cache import PromptCache
from runners.clip.words.round import Part, Round

CHUNK = 48  # prompts an engine call: short enough that no photo waits long behind them
REMEMBERED = 20_000  # prompts kept: 20 MB at 256 dimensions, 61 MB at 768
SPARE = 0.5  # of the time left may be spent on what can be done without
STARVED = 1.0  # seconds without a gap after which spare prompts are given up
ANSWERED = 0.95  # of the time for which the front waits: what is said has a way to go

_LOOK = 0.01  # seconds between two looks for a gap

Vectors = Mapping[str, Embedding]


class TextEncoder:
    """Encodes prompts on the engine's own thread; the most recently used stay in memory.

    Callers' chunks take turns, one in the engine's queue at a time: neither photos nor another
    caller's few words wait for the many words of one. Who would be late is refused, see `Round`.
    What label banks need is kept in `cache`; callers' words are looked up there, but never written:
    they could push the banks' out.
    """

    def __init__(
        self,
        engine: Engine,
        executor: Executor,
        *,
        remembered: int = REMEMBERED,
        patience: float | None = None,
        cache: PromptCache | None = None,
    ) -> None:
        self._engine = engine
        self._executor = executor
        self._remembered = remembered
        self._patience = patience
        self._cache = cache
        self._memory: OrderedDict[str, Embedding] = OrderedDict()
        self._lock = Lock()
        self._turn = asyncio.Lock()  # first come, first served
        self._round = Round(patience)  # touched on the event loop only
        self.encoded = 0  # prompts that went through the model since the start

    @property
    def waiting(self) -> int:
        """Callers' prompts not encoded yet."""
        return self._round.waiting

    async def encode(self, prompts: Iterable[str], *, spare: bool = False) -> Vectors:
        """Prompt -> unit vector float32 [D], each distinct prompt encoded at most once; `spare`: in
        half of the time that there is, in the gaps that others leave.

        Raises `overloaded` where that, or what others wait for, would not be done in time,
        `invalid_parameter` where it never could be within `patience` (seconds), `deadline` where
        nothing was once that has passed. A caller that leaves costs no more chunks.
        """
        wanted = dict.fromkeys(prompts)
        seconds = self._seconds() * (SPARE if spare else 1.0)
        end = asyncio.get_running_loop().time() + seconds
        brought: list[Chunk] = []
        try:
            async with asyncio.timeout_at(end):
                found = await self._look_up(wanted)
                if not (missing := _without(wanted, found)):
                    return found  # and the tokenizer is not read, some 20 MB
                arranged = await asyncio.to_thread(self._engine.arrange_texts, missing, CHUNK)
                brought += map(Chunk, arranged)
                return found | await self._encode_in_turns(Part([*brought], end, spare=spare))
        except TimeoutError:
            raise self._round.late(brought) from None

    def _seconds(self) -> float:
        """How long an answer is of use."""
        return min(self._patience or math.inf, ANSWERED * seconds_left())

    async def _encode_in_turns(self, part: Part) -> dict[str, Embedding]:
        if not part.chunks:
            return {}
        while self._round.is_unmeasured:
            async with self._turn:  # the chunk at work tells how long one takes
                pass
        loop = asyncio.get_running_loop()
        self._round.join(part, loop.time())
        found: dict[str, Embedding] = {}
        try:
            while part.chunks:
                if part.spare:
                    await self._gap()
                found |= await self._in_turn(part)
        finally:
            self._round.leave(part)
        return found

    def encode_and_wait(self, prompts: Iterable[str]) -> Vectors:
        """As `encode`, for a thread of its own (neither the engine's nor the event loop's).

        Never refused: label banks are built this way.
        """
        wanted = dict.fromkeys(prompts)
        found = self._recall(wanted)
        found |= self._read(_without(wanted, found))
        if not (missing := _without(wanted, found)):
            return found  # as above
        for chunk in self._engine.arrange_texts(missing, CHUNK):
            fresh = self._executor.submit(self._encode_chunk, chunk).result()
            if self._cache is not None:
                self._cache.put_many(fresh)  # here: the engine's thread goes on with photos
            found |= fresh
        return found

    async def _gap(self) -> None:
        """Wait for a moment in which nobody in earnest waits; raises `overloaded` without one."""
        loop = asyncio.get_running_loop()
        last = loop.time() + STARVED
        while self._round.is_busy:
            if loop.time() > last:
                raise self._round.starved(loop.time())
            await asyncio.sleep(_LOOK)

    async def _in_turn(self, part: Part) -> dict[str, Embedding]:
        async with self._turn:
            loop = asyncio.get_running_loop()
            begun, prompts = loop.time(), part.chunks[0].prompts
            fresh = await loop.run_in_executor(self._executor, self._encode_chunk, prompts)
            self._round.done(part, loop.time() - begun, loop.time())
        return fresh

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
