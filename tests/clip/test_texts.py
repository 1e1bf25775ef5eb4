"""The text encoder: each prompt once, in small pieces, remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from framed.deadline import ends_with
from framed.errors import Code, FramedError
from runners.clip import texts as texts_module
from runners.clip.texts import CHUNK, TextEncoder
from runners.clip.words.prompt_cache import PromptCache
from tests.fakes import FakeEngine


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def test_a_prompt_is_encoded_once(executor: ThreadPoolExecutor) -> None:
    """Repeats within a call and between calls cost nothing."""
    engine = FakeEngine()
    texts = TextEncoder(engine, executor)
    first = texts.encode_and_wait(["a", "b", "a"])
    again = texts.encode_and_wait(["b", "c"])
    assert engine.prompts == ["a", "b", "c"]
    assert texts.encoded == 3
    np.testing.assert_array_equal(first["b"], again["b"])


def test_many_prompts_go_in_pieces(executor: ThreadPoolExecutor) -> None:
    """Every prompt has its own vector, whatever piece it was in."""
    engine = FakeEngine()
    prompts = [f"prompt {number}" for number in range(2 * CHUNK + 5)]
    vectors = TextEncoder(engine, executor).encode_and_wait(prompts)
    for prompt in prompts:
        np.testing.assert_array_equal(vectors[prompt], engine.encode_texts([prompt])[0])


def test_memory_is_bounded_and_drops_the_least_recent(executor: ThreadPoolExecutor) -> None:
    """The prompt used longest ago is encoded again, one used lately is not."""
    engine = FakeEngine()
    texts = TextEncoder(engine, executor, remembered=2)
    texts.encode_and_wait(["a", "b"])
    texts.encode_and_wait(["a"])
    texts.encode_and_wait(["c"])
    texts.encode_and_wait(["a"])
    assert engine.prompts == ["a", "b", "c"]
    texts.encode_and_wait(["b"])
    assert engine.prompts == ["a", "b", "c", "b"]


class HeldEngine(FakeEngine):
    """Its first call for texts waits until `go_on`; `chunks` are the texts of each call."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.go_on = Event(), Event()
        self.chunks: list[list[str]] = []

    def encode_texts(self, texts: Sequence[str]) -> Any:
        self.chunks.append(list(texts))
        self.entered.set()
        assert self.go_on.wait(60)
        return super().encode_texts(texts)


def words(count: int, kind: str) -> list[str]:
    return [f"{kind} {number:04}" for number in range(count)]


async def measured(engine: HeldEngine, texts: TextEncoder) -> None:
    """From now on it is known how long a chunk takes: next to nothing."""
    engine.go_on.set()
    await texts.encode(words(2 * CHUNK, "known"))
    engine.go_on.clear()
    engine.entered.clear()
    engine.chunks.clear()


async def until_waiting(texts: TextEncoder, more_than: int) -> None:
    """Words are looked up in a thread before they stand in line."""
    async with asyncio.timeout(60):
        while texts.waiting <= more_than:
            await asyncio.sleep(0.001)


async def begun(engine: HeldEngine, encoding: Any) -> asyncio.Task[Any]:
    """The task of `encoding`, once the engine works for it."""
    task = asyncio.create_task(encoding)
    assert await asyncio.to_thread(engine.entered.wait, 60)
    return task


def test_waiting_and_not_waiting_give_the_same(executor: ThreadPoolExecutor) -> None:
    """Callers and banks get the same vectors, from one memory."""
    engine = FakeEngine()
    texts = TextEncoder(engine, executor)
    first = asyncio.run(texts.encode(["a", "b", "a"]))
    again = texts.encode_and_wait(["a", "b"])
    assert engine.prompts == ["a", "b"]
    assert first.keys() == again.keys()
    np.testing.assert_array_equal(first["b"], again["b"])


def test_few_words_do_not_wait_for_many(executor: ThreadPoolExecutor) -> None:
    """Callers take turns by the chunk: whoever has little is answered before who has much."""
    engine = HeldEngine()
    texts = TextEncoder(engine, executor)

    async def scenario() -> None:
        await measured(engine, texts)
        many = await begun(engine, texts.encode(words(CHUNK * 20, "many")))
        few = asyncio.create_task(texts.encode(["few"]))
        await until_waiting(texts, CHUNK * 20)
        engine.go_on.set()
        await asyncio.gather(many, few)

    asyncio.run(scenario())
    assert engine.chunks.index(["few"]) <= 2
    assert len(engine.chunks) == 21


def test_who_leaves_costs_no_more_chunks(executor: ThreadPoolExecutor) -> None:
    """The chunk at work ends, those behind it never begin, and their room is free again."""
    engine = HeldEngine()
    texts = TextEncoder(engine, executor)

    async def scenario() -> None:
        many = await begun(engine, texts.encode(words(CHUNK * 20, "many")))
        many.cancel()
        await asyncio.gather(many, return_exceptions=True)
        assert texts.waiting == 0
        engine.go_on.set()
        await texts.encode(["next"])

    asyncio.run(scenario())
    assert [len(chunk) for chunk in engine.chunks] == [CHUNK, 1]


class SlowClock:
    """The loop's clock, on which each call of the engine takes `seconds` more than it does."""

    def __init__(self, engine: HeldEngine, seconds: float) -> None:
        self._engine = engine
        self._seconds = seconds
        loop = asyncio.get_running_loop()
        self._time, loop.time = loop.time, self.time  # type: ignore[method-assign]

    def time(self) -> float:
        return self._time() + self._seconds * len(self._engine.chunks)


def test_who_would_be_late_is_refused_at_once(executor: ThreadPoolExecutor) -> None:
    """Of three that each need more than half of the time one is taken, and answered; the others
    are told when to come back. A few words beside them, what is remembered, and banks are taken."""
    engine = HeldEngine()
    texts = TextEncoder(engine, executor, patience=1000.0)

    async def scenario() -> None:
        SlowClock(engine, 10.0)
        engine.go_on.set()
        await texts.encode(words(4 * CHUNK, "known"))
        engine.go_on.clear()
        engine.entered.clear()
        first = await begun(engine, texts.encode(words(60 * CHUNK, "first")))
        for kind in ("second", "third"):
            with pytest.raises(FramedError) as refused:
                await texts.encode(words(60 * CHUNK, kind))
            assert refused.value.code is Code.OVERLOADED
            assert (refused.value.retry_after or 0) > 100
        assert (await texts.encode(["known 0001"])).keys() == {"known 0001"}
        few = asyncio.create_task(texts.encode(["few"]))
        bank = asyncio.create_task(asyncio.to_thread(texts.encode_and_wait, ["of a bank"]))
        await until_waiting(texts, 60 * CHUNK)
        engine.go_on.set()
        done, _, _ = await asyncio.gather(first, few, bank)
        assert len(done) == 60 * CHUNK

    asyncio.run(scenario())


def test_what_can_never_be_done_is_told_so_early(executor: ThreadPoolExecutor) -> None:
    """After a few chunks it is known how many more there is no time for: send fewer."""
    engine = HeldEngine()
    engine.go_on.set()
    texts = TextEncoder(engine, executor, patience=300.0)

    async def scenario() -> None:
        SlowClock(engine, 10.0)
        await texts.encode(words(6 * CHUNK, "known"))
        with pytest.raises(FramedError, match="send fewer") as refused:
            await texts.encode(words(40 * CHUNK, "many"))
        assert refused.value.code is Code.INVALID_PARAMETER

    asyncio.run(scenario())
    assert len(engine.chunks) <= 8
    assert texts.waiting == 0


def test_the_time_of_the_request_counts(executor: ThreadPoolExecutor) -> None:
    """What is left for the request that brings the words ends their wait, not only the patience."""
    engine = HeldEngine()
    texts = TextEncoder(engine, executor, patience=1000.0)

    async def scenario() -> None:
        soon = asyncio.timeout_at(asyncio.get_running_loop().time() + 0.05)
        with ends_with(soon), pytest.raises(FramedError) as refused:
            await texts.encode(["a"])
        assert refused.value.code is Code.DEADLINE
        engine.go_on.set()

    asyncio.run(scenario())


def test_patience_ends(executor: ThreadPoolExecutor) -> None:
    """Texts that nobody waits for any more begin no further chunk, and leave their room."""
    engine = HeldEngine()
    texts = TextEncoder(engine, executor, patience=0.05)

    async def scenario() -> None:
        with pytest.raises(FramedError) as refused:
            await texts.encode(words(CHUNK * 20, "many"))
        assert refused.value.code is Code.DEADLINE
        engine.go_on.set()

    asyncio.run(scenario())
    texts.encode_and_wait(["next"])
    assert engine.chunks[-1] == ["next"]
    assert len(engine.chunks) <= 2


DIM = 3  # of the fake engine's vectors


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "prompts.sqlite"


def test_after_a_restart_banks_are_read_from_the_disk(
    executor: ThreadPoolExecutor, file: Path
) -> None:
    """Only the prompts that were never encoded are; the vectors are the same to the bit."""
    prompts = words(2 * CHUNK + 3, "bank")
    first = TextEncoder(FakeEngine(), executor, cache=PromptCache(file, DIM))
    before = first.encode_and_wait(prompts)
    engine = FakeEngine()
    again = TextEncoder(engine, executor, cache=PromptCache(file, DIM))
    after = again.encode_and_wait([*prompts, "new"])
    assert engine.prompts == ["new"]
    assert again.encoded == 1
    assert all(after[prompt].tobytes() == before[prompt].tobytes() for prompt in prompts)


def test_memory_comes_before_the_disk(executor: ThreadPoolExecutor, file: Path) -> None:
    """What was read or encoded once is not read again, even where the file is gone."""
    TextEncoder(FakeEngine(), executor, cache=PromptCache(file, DIM)).encode_and_wait(["a"])
    engine = FakeEngine()
    texts = TextEncoder(engine, executor, cache=PromptCache(file, DIM))
    texts.encode_and_wait(["a", "b"])
    file.unlink()
    texts.encode_and_wait(["a", "b"])
    assert engine.prompts == ["b"]


def test_callers_words_are_read_but_not_written(executor: ThreadPoolExecutor, file: Path) -> None:
    """A caller profits from the banks' vectors, and cannot fill the disk."""
    TextEncoder(FakeEngine(), executor, cache=PromptCache(file, DIM)).encode_and_wait(["known"])
    engine, cache = FakeEngine(), PromptCache(file, DIM)
    texts = TextEncoder(engine, executor, cache=cache)
    found = asyncio.run(texts.encode(["known", "own"]))
    assert engine.prompts == ["own"]
    assert found.keys() == {"known", "own"}
    assert cache.get_many(["known", "own"]).keys() == {"known"}


def test_words_on_the_disk_are_never_refused(executor: ThreadPoolExecutor, file: Path) -> None:
    """Only what the model must encode waits in line for it."""
    TextEncoder(FakeEngine(), executor, cache=PromptCache(file, DIM)).encode_and_wait(["known"])
    engine = HeldEngine()
    texts = TextEncoder(engine, executor, cache=PromptCache(file, DIM))

    async def scenario() -> None:
        many = await begun(engine, texts.encode(words(CHUNK, "many")))
        assert (await texts.encode(["known"])).keys() == {"known"}
        engine.go_on.set()
        await many

    asyncio.run(scenario())


def test_the_engine_says_what_goes_together(
    executor: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chunks are cut as the engine cuts them, of the missing prompts only."""
    engine = HeldEngine()
    engine.go_on.set()
    monkeypatch.setattr(engine, "arrange_texts", lambda texts, most: [[text] for text in texts])
    texts = TextEncoder(engine, executor)
    texts.encode_and_wait(["b"])
    texts.encode_and_wait(["ccc", "b", "a"])
    assert engine.chunks == [["b"], ["ccc"], ["a"]]


def test_what_can_be_done_without_waits_for_a_gap(executor: ThreadPoolExecutor) -> None:
    """Prompts that others wait for in earnest come first, all of them, whenever they came."""
    engine = HeldEngine()
    texts = TextEncoder(engine, executor)

    async def scenario() -> None:
        await measured(engine, texts)
        earnest = await begun(engine, texts.encode(words(CHUNK * 5, "earnest")))
        spare = asyncio.create_task(texts.encode(["spare"], spare=True))
        await until_waiting(texts, CHUNK * 4 + 1)
        engine.go_on.set()
        await asyncio.gather(earnest, spare)

    asyncio.run(scenario())
    assert engine.chunks[-1] == ["spare"]


def test_what_can_be_done_without_is_given_up_where_there_is_no_gap(
    executor: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one is refused at once, while somebody waits in earnest."""
    monkeypatch.setattr(texts_module, "STARVED", 0.05)
    engine = HeldEngine()
    texts = TextEncoder(engine, executor)

    async def scenario() -> None:
        await measured(engine, texts)
        earnest = await begun(engine, texts.encode(words(CHUNK * 5, "earnest")))
        for prompt in ("spare", "another"):
            with pytest.raises(FramedError) as refused:
                await texts.encode([prompt], spare=True)
            assert refused.value.code is Code.OVERLOADED
        engine.go_on.set()
        await earnest
        await texts.encode(["spare"], spare=True)

    asyncio.run(scenario())
    assert engine.chunks[-1] == ["spare"]
