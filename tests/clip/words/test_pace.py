"""How long texts take, as measured chunk by chunk."""

from __future__ import annotations

import pytest

from runners.clip.words.pace import Chunk, TextPace


def chunk(count: int, letters: int = 10) -> Chunk:
    return Chunk(["a" * letters] * count)


def noted(*seconds: float, letters: int = 10) -> TextPace:
    """A pace that knows of full chunks that took so long, after the first one."""
    pace = TextPace()
    for each in (60.0, *seconds):
        pace.note(chunk(48, letters), each)
    return pace


def test_the_first_chunk_tells_nothing() -> None:
    """Engines prepare themselves for a shape that they have not seen."""
    pace = noted()
    assert not pace
    assert pace.expected([chunk(48)]) == 0.0
    assert noted(0.1).expected([chunk(48)] * 10) == pytest.approx(1.0)


def test_what_is_expected_is_what_was_seen_of_late() -> None:
    """A machine that has become slower is known as such after some chunks."""
    assert noted(*[0.1] * 20, *[0.3] * 20).expected([chunk(48)]) == pytest.approx(0.3, rel=0.05)


def test_a_single_word_that_waited_moves_little() -> None:
    """It took as long as a photo before it did; of whole chunks that says next to nothing."""
    pace = noted(*[0.1] * 10)
    pace.note(chunk(1), 0.1)
    assert pace.expected([chunk(48)]) == pytest.approx(0.1, rel=0.1)


def test_long_texts_are_another_kind() -> None:
    """What is known of short ones counts for long ones only as long as none was seen."""
    pace = noted(0.1)
    long = chunk(48, 300)
    assert pace.expected([long]) == pytest.approx(0.1)
    for _ in range(2):
        pace.note(long, 0.8)
    assert pace.expected([long]) == pytest.approx(0.8)
    assert pace.expected([chunk(48)]) == pytest.approx(0.1)


def test_the_best_is_known_after_some_chunks() -> None:
    """And what is slower afterwards does not change it."""
    assert noted(*[0.1] * 4).at_best([chunk(48)]) == 0.0
    assert noted(*[0.1] * 5, *[1.0] * 9).at_best([chunk(48)]) == pytest.approx(0.1)
