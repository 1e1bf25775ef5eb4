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

from framed.errors import Code, FramedError
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
        many = await begun(engine, texts.encode(words(CHUNK * 20, "many")))
        few = asyncio.create_task(texts.encode(["few"]))
        async with asyncio.timeout(60):
            while texts.waiting <= CHUNK * 20:  # its words are looked up in a thread first
                await asyncio.sleep(0.001)
        engine.go_on.set()
        await asyncio.gather(many, few)

    asyncio.run(scenario())
    assert engine.chunks.index(["few"]) <= 2
    assert len(engine.chunks) == 21


def test_who_leaves_costs_no_more_chunks(executor: ThreadPoolExecutor) -> None:
    """The chunk at work ends, those behind it never begin, and their room is free again."""
    engine = HeldEngine()
    texts = TextEncoder(engine, executor, limit=1)

    async def scenario() -> None:
        many = await begun(engine, texts.encode(words(CHUNK * 20, "many")))
        many.cancel()
        await asyncio.gather(many, return_exceptions=True)
        engine.go_on.set()
        await texts.encode(["next"])

    asyncio.run(scenario())
    assert [len(chunk) for chunk in engine.chunks] == [CHUNK, 1]


def test_too_many_waiting_texts_are_refused(executor: ThreadPoolExecutor) -> None:
    """A caller beyond the limit is told to come back; what is remembered, and banks, are not."""
    engine = HeldEngine()
    texts = TextEncoder(engine, executor, limit=2 * CHUNK)
    engine.go_on.set()
    texts.encode_and_wait(["known"])
    engine.go_on.clear()
    engine.entered.clear()

    async def scenario() -> None:
        many = await begun(engine, texts.encode(words(2 * CHUNK, "many")))
        with pytest.raises(FramedError) as refused:
            await texts.encode(["one more"])
        assert (refused.value.code, refused.value.retry_after) == (Code.OVERLOADED, 1)
        await texts.encode(["known"])
        bank = asyncio.create_task(asyncio.to_thread(texts.encode_and_wait, ["of a bank"]))
        engine.go_on.set()
        await asyncio.gather(many, bank)
        await texts.encode(["one more"])

    asyncio.run(scenario())


def test_patience_ends(executor: ThreadPoolExecutor) -> None:
    """Texts that nobody waits for any more begin no further chunk, and leave their room."""
    engine = HeldEngine()
    texts = TextEncoder(engine, executor, limit=1, patience=0.05)

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
    texts = TextEncoder(engine, executor, limit=1, cache=PromptCache(file, DIM))

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
