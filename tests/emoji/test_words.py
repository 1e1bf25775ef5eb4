"""One spelling for labels and names."""

from __future__ import annotations

import pytest

from framed.emoji.words import plain, singulars


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hot_Dog", "hot dog"),
        ("  T-Shirt ", "t shirt"),
        ("wine   glass", "wine glass"),
        ("rescue worker\u2019s helmet", "rescue worker's helmet"),
        ("", ""),
    ],
)
def test_spellings_become_one(text: str, words: str) -> None:
    """Case, hyphens, underscores, blanks and curly apostrophes make no difference."""
    assert plain(text) == words


@pytest.mark.parametrize(
    ("words", "singular"),
    [
        ("dogs", "dog"),
        ("cherries", "cherry"),
        ("boxes", "box"),
        ("tomatoes", "tomato"),
        ("peaches", "peach"),
        ("horses", "horse"),
        ("cookies", "cookie"),
        ("wine glasses", "wine glass"),
    ],
)
def test_regular_plurals_are_folded(words: str, singular: str) -> None:
    """The singular is among what the plural may come from."""
    assert singular in singulars(words)


@pytest.mark.parametrize("words", ["dog", "glass", "bus", "tennis", "us", "", "sheep", "s"])
def test_what_is_no_plural_stays(words: str) -> None:
    """An s at the end alone makes no plural."""
    assert singulars(words) == ()
