"""`/encode_image` and `/encode_text` on the wire."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from framed.errors import Code, FramedError
from framed.wires.encoder import (
    MAX_TEXTS,
    encode_image_question,
    encode_text_question,
    images_body,
    texts_body,
)

ROW = np.array([0.25, -0.5], np.float32)


def test_one_photo_is_a_bare_list() -> None:
    """Many are a list of lists."""
    assert images_body([ROW]) == [0.25, -0.5]
    assert images_body([ROW, ROW]) == [[0.25, -0.5], [0.25, -0.5]]


def test_texts_are_always_a_list_of_lists() -> None:
    """Even a single one."""
    assert texts_body(ROW[None]) == [[0.25, -0.5]]


def test_numbers_lose_nothing() -> None:
    """A float32 read back from the answer is the same float32."""
    row = np.random.default_rng(1).normal(size=64).astype(np.float32)
    np.testing.assert_array_equal(np.array(images_body([row]), np.float32), row)


def test_the_questions() -> None:
    """Texts in their order, repeated ones too."""
    assert encode_text_question({"texts": ["b", "a", "b"]}).texts == ["b", "a", "b"]
    assert encode_image_question({"decode": "exact", "model": "m"}).decode == "exact"
    assert encode_image_question({}).model is None


def test_what_is_sent_along_with_a_photo_is_passed_over() -> None:
    """The encoder service's clients may send more than is read; what is read is checked."""
    assert encode_image_question({"model": "m", "foo": "1", "decod": "slow"}).decode == "fast"
    with pytest.raises(FramedError, match=r"^decode=slow"):
        encode_image_question({"decode": "slow"})


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"texts": []},
        {"texts": "a"},
        {"texts": [""]},
        {"texts": ["a", " \n"]},
        {"texts": ["\ud800"]},
        {"texts": ["a", 1]},
        {"texts": ["a", None]},
        {"texts": ["x" * 2001]},
        {"texts": ["a"] * (MAX_TEXTS + 1)},
        {"text": ["a"]},
    ],
    ids=lambda given: repr(given)[:30],
)
def test_texts_that_cannot_be_encoded(given: dict[str, Any]) -> None:
    """None, an empty one, too many, too long or no text at all are refused by name."""
    with pytest.raises(FramedError, match="texts") as refused:
        encode_text_question(given)
    assert refused.value.code is Code.INVALID_PARAMETER


def test_what_is_missing_is_said_plainly() -> None:
    """Without a value that was never sent."""
    with pytest.raises(FramedError, match=r"^texts: it is required\.$"):
        encode_text_question({})
