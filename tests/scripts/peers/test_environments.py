"""Environments are kept as long as their packages are the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scripts.peers import environments
from scripts.peers.environments import environment, fingerprint, size_mb
from tests.scripts.peers.made import peer


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What uv was asked for; it only makes the folder."""
    words: list[tuple[str, ...]] = []

    def uv(*asked: str) -> None:
        words.append(asked)
        if asked[0] == "venv":
            Path(asked[-1]).mkdir(parents=True)

    monkeypatch.setattr(environments, "_uv", uv)
    return words


def test_it_is_made_once(tmp_path: Path, asked: list[tuple[str, ...]]) -> None:
    """A second run finds it, and so does another server of the same environment."""
    home = environment(peer("one"), tmp_path)
    assert home == tmp_path / "one"
    assert [words[0] for words in asked] == ["venv", "pip"]
    assert asked[1][-1] == "one==1.0"
    environment(peer("one"), tmp_path)
    environment(peer("fast", environment="one", packages=("one==1.0",)), tmp_path)
    assert len(asked) == 2


def test_other_packages_make_it_again(tmp_path: Path, asked: list[tuple[str, ...]]) -> None:
    """Nothing of the old ones stays."""
    old = environment(peer("one"), tmp_path) / "old"
    old.touch()
    environment(peer("one", packages=("one==2.0",)), tmp_path)
    assert len(asked) == 4
    assert not old.exists()


def test_a_file_of_packages_counts_by_what_it_says(tmp_path: Path) -> None:
    """Not by its name."""
    file = tmp_path / "requirements.txt"
    file.write_text("one==1.0")
    before = fingerprint(["-r", str(file)])
    file.write_text("one==2.0")
    assert fingerprint(["-r", str(file)]) != before
    assert fingerprint(["ab", "c"]) != fingerprint(["a", "bc"])


def test_a_file_with_two_names_is_one(tmp_path: Path) -> None:
    """As a package that is linked is on disk once."""
    first = tmp_path / "inside" / "first"
    first.parent.mkdir()
    first.write_bytes(os.urandom(2_000_000))
    size = size_mb(tmp_path)
    assert size >= 2
    os.link(first, tmp_path / "second")
    assert size_mb(tmp_path) == size
