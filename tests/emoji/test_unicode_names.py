"""Emoji by Unicode name: things, and no signs, flags or variants."""

from __future__ import annotations

import emoji
import pytest

from framed.emoji.unicode_names import NEWEST, emoji_by_name

NAMES = emoji_by_name()


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        ("dog", "🐕"),
        ("hot dog", "🌭"),
        ("t shirt", "👕"),
        ("mountain", "⛰️"),
        ("umbrella", "☂️"),
        ("ring", "💍"),
        ("firefighter", "🧑\u200d🚒"),
        ("person running", "🏃"),
        ("polar bear", "🐻\u200d❄️"),
        ("battery", "🔋"),
        ("mosque", "🕌"),
    ],
)
def test_things_are_found(name: str, picture: str) -> None:
    """Under their plain names, in the form that screens show in colour."""
    assert NAMES[name] == picture


@pytest.mark.parametrize(
    "name",
    [
        "aries",
        "cancer",
        "leo",
        "up arrow",
        "play button",
        "red circle",
        "red heart",
        "black heart",
        "infinity",
        "warning",
        "information",
        "plus",
        "one o'clock",
        "prohibited",
        "customs",
        "cinema",
        "middle finger",
        "japan",
        "france",
        "pirate flag",
        "rainbow flag",
        "crossed flags",
        "keycap 1",
        "light skin tone",
        "spade suit",
    ],
)
def test_signs_and_flags_are_not(name: str) -> None:
    """A label of that name hardly means the sign."""
    assert name not in NAMES


def test_no_variant_is_chosen() -> None:
    """No skin tone, and no man or woman where there is a person."""
    parts = {"🏻", "🏼", "🏽", "🏾", "🏿", "♀", "♂", "👨", "👩"}
    assert not [picture for picture in NAMES.values() if parts & set(picture)]
    assert NAMES["person climbing"] == "🧗"
    assert "man" not in NAMES


def test_each_is_one_emoji_that_fonts_have() -> None:
    """Whole, and of an emoji version that has been out for years."""
    for picture in NAMES.values():
        assert emoji.is_emoji(picture)
        assert emoji.EMOJI_DATA[picture]["E"] <= NEWEST
    assert len(NAMES) > 900
