"""The word for how a model's square is made."""

from __future__ import annotations

from dataclasses import replace

from framed.photo import SquareSpec
from framed.wires.preprocessing import preprocessing_hash
from tests.fakes import FACTS


def test_it_is_the_same_for_the_same() -> None:
    """Device, engine and banks have nothing to do with it."""
    word = preprocessing_hash(FACTS)
    assert len(word) == 16
    assert int(word, 16) >= 0
    assert preprocessing_hash(replace(FACTS, device="cuda:0", engine="x", banks=())) == word


def test_it_changes_with_whatever_changes_the_square() -> None:
    """Size, resampling, crop, fill, mean and deviation."""
    changed = [
        replace(FACTS, default_size=224),
        replace(FACTS, mean=(0.4, 0.5, 0.5)),
        replace(FACTS, std=(0.4, 0.5, 0.5)),
        replace(FACTS, squares=(SquareSpec(336, interpolation="bilinear"),)),
        replace(FACTS, squares=(SquareSpec(336, resize_mode="squash"),)),
        replace(FACTS, squares=(SquareSpec(336, resize_mode="shortest_floor"),)),
        replace(FACTS, squares=(SquareSpec(336, fill=(1, 0, 0)),)),
    ]
    words = {preprocessing_hash(facts) for facts in (FACTS, *changed)}
    assert len(words) == len(changed) + 1
