"""Labels that are apart: ranked beside the others, whose figures are the same without them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from framed.bank_structure import BankStructure, LabelGroup
from framed.errors import FramedError
from runners.clip.banks.bank import bank_checksum
from runners.clip.banks.kept_structure import structure_body, structure_from
from runners.clip.banks.source import read_bank
from runners.clip.ranking import shares_of, softmax

CONFIG = Path(__file__).parents[2] / "config"
DICE = np.random.default_rng(7)
DRAWN = {
    *("screenshot", "document", "receipt", "meme", "chart", "map", "black frame", "white frame")
}
TODAY = 50  # labels of the default bank before there were any apart


@pytest.mark.parametrize("temperature", [1e-9, 0.01, 1.0])
@pytest.mark.parametrize("seed", range(20))
def test_the_others_do_not_change_and_more_score_is_never_less_share(
    seed: int, temperature: float
) -> None:
    """Bit for bit; and any order by score is one by share."""
    dice = np.random.default_rng(seed)
    scores, apart = dice.normal(0.2, 0.05, 12), np.arange(12) >= dice.integers(1, 12)
    shares = shares_of(scores, temperature, apart)
    assert shares[~apart].tolist() == softmax(scores[~apart], temperature).tolist()
    assert np.isfinite(shares).all()
    assert (shares <= 1).all()
    assert (np.diff(shares[np.argsort(-scores)]) <= 1e-12).all()


def test_the_share_of_a_label_that_is_apart() -> None:
    """It is what it would have among the others in the place of the best, where it beats it."""
    scores, apart = np.array([0.31, 0.28, 0.33, 0.29]), np.array([False, False, True, True])
    shares = shares_of(scores, 0.01, apart)
    assert shares[2] == pytest.approx(softmax(np.array([0.33, 0.28]), 0.01)[0])
    weights = np.exp(np.array([0.31, 0.28, 0.29]) / 0.01)
    assert shares[3] == pytest.approx(weights[2] / weights[:2].sum())


def test_without_any_it_is_the_softmax() -> None:
    """To the bit."""
    scores = DICE.normal(0, 1, 9)
    assert shares_of(scores, 0.3, np.zeros(9, bool)).tolist() == softmax(scores, 0.3).tolist()


@pytest.mark.parametrize("name", ["default", "everyday"])
def test_the_banks_that_ship_have_them(name: str) -> None:
    """In a group of their own, which says so."""
    bank = read_bank(name, CONFIG)
    assert bank.structure.apart >= DRAWN
    assert [group for group in bank.structure.groups.values() if group.apart]


def test_the_default_bank_has_todays_labels_first() -> None:
    """None of which is apart."""
    bank = read_bank("default", CONFIG)
    assert bank.labels[0] == "photography"
    assert not bank.structure.apart & set(bank.labels[:TODAY])
    assert set(bank.labels[TODAY:]) == bank.structure.apart == DRAWN


@pytest.mark.parametrize("language", ["de", "es", "fr"])
@pytest.mark.parametrize("bank", ["default", "everyday"])
def test_they_have_names(bank: str, language: str) -> None:
    """In every language that there is."""
    assert read_bank(bank, CONFIG).names[language].keys() >= DRAWN


def bank_json(tmp_path: Path, text: str) -> BankStructure:
    folder = tmp_path / "banks" / "words"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("dog\nsea\n")
    (folder / "b.txt").write_text("map\n")
    (folder / "bank.json").write_text(text)
    return read_bank("words", tmp_path).structure


def labels_json(tmp_path: Path, groups: str) -> BankStructure:
    (tmp_path / "labels.json").write_text(f'{{"labels": ["dog", "map"], "groups": {groups}}}')
    (tmp_path / "templates.json").write_text('{"templates": ["{}"]}')
    return read_bank("default", tmp_path).structure


def test_it_is_said_in_either_format(tmp_path: Path) -> None:
    """Of a group in `labels.json`, or of a file in `bank.json`."""
    said = labels_json(tmp_path, '{"plain": {"apart": true, "labels": ["map"]}, "all": ["dog"]}')
    assert said.groups["plain"] == LabelGroup(("map",), apart=True)
    assert said.apart == bank_json(tmp_path, '{"apart": ["b"]}').apart == {"map"}


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        ('{"plain": {"apart": 1, "labels": ["map"]}}', "apart is 1, neither true nor false"),
        ('{"x": {"apart": true, "labels": ["dog", "map"]}}', "all labels are apart"),
    ],
)
def test_what_cannot_be_is_refused(groups: str, reason: str, tmp_path: Path) -> None:
    """With the line."""
    with pytest.raises(FramedError, match=reason):
        labels_json(tmp_path, groups)


@pytest.mark.parametrize(
    ("text", "reason"),
    [('{"apart": ["c"]}', "no group 'c'"), ('{"apart": ["a", "b"]}', "all labels are apart")],
)
def test_a_folder_is_held_to_the_same(text: str, reason: str, tmp_path: Path) -> None:
    """Its files are its groups."""
    with pytest.raises(FramedError, match=reason):
        bank_json(tmp_path, text)


def test_it_is_kept_and_another_checksum_but_only_where_it_is_said() -> None:
    """Shares depend on it; a bank without it is kept and known as before there was any."""
    plain = BankStructure(groups={"x": LabelGroup(("map",))})
    apart = BankStructure(groups={"x": LabelGroup(("map",), apart=True)})
    assert structure_body(plain)["groups"] == {"x": {"labels": ("map",), "exclusive": False}}
    for structure in (plain, apart):
        assert structure_from(structure_body(structure)) == structure
    checksums = [bank_checksum(["dog", "map"], ["{}"], "r", it) for it in (plain, apart)]
    assert checksums[0] == bank_checksum(["dog", "map"], ["{}"], "r") != checksums[1]
