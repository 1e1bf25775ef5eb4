"""Which labels are one word, and which merely look like it."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from runners.clip.banks.bank_text import Entry
from runners.clip.banks.likeness import Likeness, likeness_faults
from runners.clip.banks.source import find_banks, read_bank

CONFIG = Path(__file__).parents[2] / "config"
ONE = [
    ("cat", "Cat"),
    ("cat", "cats"),
    ("Cat", "CATS"),
    ("city", "cities"),
    ("bus", "buses"),
    ("dress", "dresses"),
    ("knife", "knives"),
    ("wolf", "wolves"),
    ("potato", "potatoes"),
    ("photo", "photos"),
    ("beach", "beaches"),
    ("boy", "boys"),
    ("woman", "women"),
    ("child", "Children"),
    ("street lamp", "street lamps"),
    ("cup of tea", "cups of tea"),
    ("t-shirt", "t-shirts"),
    ("Straße", "STRASSE"),
    ("e\N{COMBINING ACUTE ACCENT}clair", "\N{LATIN SMALL LETTER E WITH ACUTE}clair"),
    ("hot  dog", "hot dog"),
    ("turkey", "Turkeys"),
    ("china", "CHINA"),
]
TWO = [
    ("glass", "glasses"),
    ("new", "news"),
    ("person", "people"),
    ("good", "goods"),
    ("jean", "jeans"),
    ("short", "shorts"),
    ("light", "lights"),
    ("gras", "grass"),
    ("bos", "boss"),
    ("a", "as"),
    ("cat", "car"),
    ("u", "us"),
    ("2", "2s"),
    ("clothes", "cloth"),
    ("hot dog", "hotdog"),
    ("fall", "falls"),
    ("spring", "springs"),
    ("chip", "chips"),
    ("brace", "braces"),
    ("arm", "arms"),
    ("wood", "woods"),
    ("water", "waters"),
    ("sand", "sands"),
    ("step", "steps"),
    ("Turkey", "turkey"),
    ("Polish", "polish"),
    ("China", "china"),
    ("nail polish", "nail Polish"),
]


@pytest.mark.parametrize(("one", "other"), [*ONE, *((b, a) for a, b in ONE)])
def test_case_and_number_do_not_make_two(one: str, other: str) -> None:
    """Whichever comes first."""
    likeness = Likeness()
    assert likeness.of(one) is None
    assert likeness.of(other) == one


@pytest.mark.parametrize(("one", "other"), [*TWO, *((b, a) for a, b in TWO)])
def test_other_words_stay_apart(one: str, other: str) -> None:
    """Plurals that mean something else, and words that merely end alike."""
    likeness = Likeness()
    assert likeness.of(one) is likeness.of(other) is None


def test_no_shipped_label_is_another() -> None:
    """Of hundreds of words none is taken for one that it is not."""
    for name in find_banks(CONFIG):
        likeness = Likeness()
        assert [each for each in read_bank(name, CONFIG).labels if likeness.of(each)] == []


def test_both_lines_are_told() -> None:
    """The later one is at fault; one that is there twice as it stands is told elsewhere."""
    entries = map(Entry, ("cat", "dog", "dog", "Cats"), itertools.count(3))
    assert list(likeness_faults(entries)) == [
        (
            6,
            "label 'Cats' is 'cat' of line 3 but for case or number; keep one of them, "
            "or where two things are meant say in the label what the other one is",
        )
    ]
