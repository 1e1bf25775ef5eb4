"""Nouns that no training text holds: chosen by seed, found in every form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.mini.unseen import KeptOut, choose, everyday_nouns, photographed_words

CONFIG = Path(__file__).parents[3] / "config"


def test_the_same_seed_chooses_the_same_nouns() -> None:
    """Whoever trains with this seed keeps the same words out; another seed keeps others."""
    nouns = everyday_nouns()
    assert choose(nouns, 100, 15) == choose(nouns, 100, 15)
    assert choose(nouns, 100, 15) != choose(nouns, 100, 16)
    assert len(set(choose(nouns, 100, 15))) == 100


def test_too_few_nouns_are_refused() -> None:
    """A list that cannot give as many as are asked for says so."""
    with pytest.raises(ValueError, match="only 2"):
        choose(["cup", "hen"], 3, 1)


def test_no_label_of_the_bank_can_be_kept_out() -> None:
    """Labels and templates are made of other words than the everyday nouns."""
    labels = json.loads((CONFIG / "labels.json").read_text())["labels"]
    templates = json.loads((CONFIG / "templates.json").read_text())["templates"]
    kept_out = KeptOut(everyday_nouns())
    assert not [text for text in (*labels, *templates) if kept_out.holds(text)]


@pytest.mark.parametrize(
    "text",
    [
        "pizza", "two Pizzas on a table", "a pizza-oven", "pizza!", "wolves at night", "knives",
        "the berries are red", "boxes",
    ],
)  # fmt: skip
def test_a_noun_is_found_in_any_form(text: str) -> None:
    """Alone, in the plural, in capitals, in a compound."""
    assert KeptOut(["pizza", "wolf", "knife", "berry", "box"]).holds(text)


@pytest.mark.parametrize("text", ["antelope", "an elephant", "hand", "want", "plants", ""])
def test_other_words_that_contain_it_are_left(text: str) -> None:
    """A word inside another word is another word."""
    assert not KeptOut(["ant"]).holds(text)


def test_texts_keep_their_order() -> None:
    """Only those that hold a noun go."""
    assert KeptOut(["ant"]).without(["b", "an ant", "a"]) == ["b", "a"]


def test_nothing_kept_out_holds_nothing() -> None:
    """An empty list refuses no text."""
    assert not KeptOut([]).holds("anything at all")


def test_a_word_knows_the_classes_that_it_names() -> None:
    """Single words of sources and of ImageNet; names of two words are none."""
    found = photographed_words(["cup"], [["cup", "coffee mug"], ["Hen"]])
    assert found == {"cup": frozenset({0}), "hen": frozenset({1})}
