"""Emoji of labels, and those of the banks that ship."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import emoji
import pytest

from framed.emoji.lookup import FILE, Emoji
from framed.emoji.remote import RemoteEmoji
from framed.emoji.unicode_names import emoji_by_name
from framed.emoji.words import plain, singulars
from runners.clip.banks.source import find_banks, read_bank

CONFIG = Path(__file__).parents[2] / "config"
OWN: dict[str, str | None] = json.loads((CONFIG / FILE).read_text(encoding="utf-8"))
EVERYDAY = read_bank("everyday", CONFIG).labels


def given(*labels: str) -> Mapping[str, str | None]:
    return asyncio.run(Emoji(CONFIG / FILE).of(labels))


def test_the_analyze_service_s_own_examples() -> None:
    """Its clients know these three."""
    assert given("man", "uniform", "child") == {"man": "🧑", "uniform": "👔", "child": "🧑"}


def test_most_everyday_labels_have_an_emoji() -> None:
    """At least nine in ten; each is one emoji."""
    found = given(*EVERYDAY)
    pictures = [picture for picture in found.values() if picture]
    assert len(pictures) >= 0.9 * len(EVERYDAY)
    assert all(map(emoji.is_emoji, pictures))


@pytest.mark.parametrize(
    ("label", "wrong"),
    [
        ("bat", "🦇"),
        ("bank", "🏦"),
        ("seal", "🦭"),
        ("mouse", "🐁"),
        ("computer mouse", "🐁"),
        ("computer mouse", "🐭"),
        ("turkey", "🦃"),
        ("cricket", "🦗"),
        ("fly", "🪰"),
        ("bug", "🐛"),
        ("ram", "🐏"),
        ("mate", "🧉"),
        ("wing", "🪽"),
        ("guard", "💂"),
        ("woods", "🪵"),
        ("glass", "👓"),
        ("orange", "🟠"),
        ("construction crane", "🐦"),
        ("hot dog", "🐕"),
        ("corn", "👂"),
        ("cancer", "♋"),
        ("leo", "♌"),
        ("restroom", "🚻"),
        ("man", "👨"),
        ("woman", "👩"),
        ("piano", "🎶"),
        ("golf course", "🚩"),
        ("lime", "🍋"),
        ("nail", "💅"),
        ("date", "📅"),
        ("spring", "♨️"),
        ("pool", "🎱"),
        ("palm", "🌴"),
        ("jam", "🫙"),
        ("bow", "🏹"),
        ("drill", "🔨"),
        ("top", "🔝"),
        ("punch", "👊"),
        ("cool", "🆒"),
        ("turkey", "🇹🇷"),
        ("georgia", "🇬🇪"),
        ("china", "🇨🇳"),
    ],
)
def test_known_wrong_pairs_never_happen(label: str, wrong: str) -> None:
    """Homonyms, signs and flags that a careless match would take."""
    assert given(label)[label] != wrong


def test_our_own_table_is_all_needed() -> None:
    """Each key is a label that ships, or keeps a Unicode name away; none says what names say."""
    named = emoji_by_name()
    labels = {
        plain(label) for name in find_banks(CONFIG) for label in read_bank(name, CONFIG).labels
    }
    for label, picture in OWN.items():
        words = plain(label)
        by_name = next((named[each] for each in (words, *singulars(words)) if each in named), None)
        assert by_name != picture, f"{label} needs no entry"
        assert picture is None or words in labels, f"{label} is no label"


def test_our_own_table_is_well_formed() -> None:
    """One whole emoji or null each, sorted, in the labels' own spelling."""
    assert list(OWN) == sorted(OWN)
    for label, picture in OWN.items():
        assert label == label.strip().lower()
        if picture is not None:
            assert emoji.is_emoji(picture), label
            assert emoji.EMOJI_DATA[picture]["status"] == emoji.STATUS["fully_qualified"], label


def test_a_bad_table_costs_only_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Names still count, and the log says what is wrong."""
    file = tmp_path / FILE
    file.write_text('{"dog": "dog"}')
    assert asyncio.run(Emoji(file).of(["dog", "man"])) == {"dog": "🐕", "man": None}
    assert "is not one emoji" in caplog.text


class Elsewhere(RemoteEmoji):
    """Another service that has answered already."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 1, 1.0)

    def mapping(self) -> Mapping[str, str]:
        return {"dog": "🐩", "tattoo": "🖋️", "bat": "🦇", "bats": "🦇", "pit bull": "🐶"}


def test_another_service_comes_last() -> None:
    """It fills what is missing and overrules nothing."""
    found = asyncio.run(Emoji(CONFIG / FILE, Elsewhere()).of(["dog", "Tattoo", "starfish"]))
    assert found == {"dog": "🐕", "Tattoo": "🖋️", "starfish": None}


def test_null_is_an_answer(tmp_path: Path) -> None:
    """Where our own table says none, no other service is heard; its plural is the same word."""
    file = tmp_path / FILE
    file.write_text('{"bat": null, "pit-bull": null}')
    found = asyncio.run(Emoji(file, Elsewhere()).of(["bat", "Bats", "pit bull", "tattoo"]))
    assert found == {"bat": None, "Bats": None, "pit bull": None, "tattoo": "🖋️"}
