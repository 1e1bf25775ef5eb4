"""The text encoder: each prompt once, in small pieces, remembered."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from runners.clip.texts import CHUNK, TextEncoder
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
