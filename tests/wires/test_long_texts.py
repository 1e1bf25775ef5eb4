"""Of a text that is longer than a model reads, the beginning."""

from __future__ import annotations

import time

import pytest

from framed.wires.long_texts import MAX_READ, beginning, is_long, remark_of
from runners.clip.words.tokenizer import CONTEXT_LENGTH, ClipTokenizer, open_clip_vocabulary

LONG = {
    "words": "a long caption " * 70_000,
    "one word": "x" * 1_000_000,
    "spaces within": "a cat" + " " * 30_000 + "on a mat " * 100,
    "entities": "&CounterClockwiseContourIntegral;" * 30_000,
    "entities of entities": "&amp;amp;#x1F600; " * 50_000,
    "the longest tokens": "\U0001f602" * 250_000,
    "lines": "sch\u00c3\u00b6n\n" * 150_000,
}


@pytest.fixture(scope="module")
def tokenizer() -> ClipTokenizer:
    return ClipTokenizer.from_vocabulary(open_clip_vocabulary())


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_the_rest_changes_no_token(text: str, tokenizer: ClipTokenizer) -> None:
    """The model reads as many tokens as it can of the beginning: the first of ten times as much."""
    cut = beginning(text)
    assert len(cut) <= MAX_READ
    (row,), (more,) = tokenizer([cut]), tokenizer([text[: 10 * MAX_READ]])
    assert row == more
    assert len(row) == CONTEXT_LENGTH


def test_spaces_count_once() -> None:
    """What comes behind many of them is still read."""
    assert beginning(LONG["spaces within"]).startswith("a cat on a mat")


def test_a_short_text_stays_as_it_stands() -> None:
    """Every space of it."""
    text = "  a\n\ncat  " * 390
    assert beginning(text) is text


def test_a_long_text_costs_next_to_nothing(tokenizer: ClipTokenizer) -> None:
    """A megabyte is read in a moment: seconds would be other callers' seconds."""
    start = time.process_time()
    for text in LONG.values():
        tokenizer([beginning(text)])
    assert time.process_time() - start < 3


def test_what_is_said_of_them() -> None:
    """Nothing where none is long."""
    assert not is_long("x" * 2000)
    assert is_long("x" * 2001)
    assert remark_of([], 3) is None
    assert remark_of([0], 1) == (
        "The text is longer than 2000 characters: its beginning alone was read."
    )
    assert remark_of([0, 2], 3) == (
        "2 of 3 texts are longer than 2000 characters: their beginnings alone were read."
    )
