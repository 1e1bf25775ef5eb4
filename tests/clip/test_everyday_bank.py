"""The bank of everyday labels that ships."""

from __future__ import annotations

import re
from pathlib import Path

from runners.clip.banks.source import read_bank

CONFIG = Path(__file__).parents[2] / "config"
FOLDER = CONFIG / "banks" / "everyday"
BANK = read_bank("everyday", CONFIG)


def lines(file: Path) -> list[str]:
    return [line for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]


def test_it_is_large_and_themed() -> None:
    """400 labels or more, in files by theme."""
    assert len(BANK.labels) >= 400
    themes = {file.stem for file in FOLDER.glob("*.txt")} - {"templates"}
    assert {"animals", "people", "transport", "food", "nature", "activities", "clothing"} <= themes
    assert {"weather", "objects", "places_indoor", "places_outdoor"} <= themes


def test_no_label_stands_twice() -> None:
    """Not even in two files, or as its own plural: they would share the probability."""
    every = [label for file in FOLDER.glob("*.txt") for label in lines(file)]
    labels = [label for label in every if "{}" not in label]
    assert sorted(labels) == sorted(BANK.labels)
    assert not [label for label in labels if f"{label}s" in labels]


def test_labels_are_plain_words() -> None:
    """Lower case, letters, and what a template's grammar can take: no articles, no full stops."""
    for label in BANK.labels:
        assert re.fullmatch(r"[a-z]+([ -][a-z]+)*", label), label
        assert label.split()[0] not in ("a", "an", "the"), label


def test_templates_suit_every_label() -> None:
    """None puts an article before the label: many are plurals, stuffs and activities."""
    assert not [each for each in BANK.templates if re.search(r"\b(a|an|the) \{\}", each)]


def test_the_analyze_service_s_words_are_there() -> None:
    """Its documented answer names them."""
    assert {"man", "uniform", "child"} <= set(BANK.labels)
