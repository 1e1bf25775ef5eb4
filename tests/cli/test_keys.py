"""`python -m framed keys`: new, list and revoke."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from framed.__main__ import main
from framed.access.key import digest_of, key_of
from framed.settings import settings

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The file that the setting names; not made yet."""
    monkeypatch.setenv("FRAMED_API_KEYS_FILE", str(tmp_path / "keys.json"))
    monkeypatch.delenv("FRAMED_API_KEYS", raising=False)
    settings.cache_clear()
    yield tmp_path / "keys.json"
    settings.cache_clear()


def made(name: str, *scopes: str, capsys: Captured) -> str:
    """The secret of a new key."""
    asked = [word for scope in scopes for word in ("--scope", scope)]
    assert main(["keys", "new", name, *asked]) == 0
    return capsys.readouterr().out.strip()


def test_a_secret_is_shown_once(file: Path, capsys: Captured) -> None:
    """On standard output alone, so that it can be piped; the file holds its digest."""
    secret = made("ann", "classify", "reload", capsys=capsys)
    (member,) = json.loads(file.read_text())["keys"]
    assert member["sha256"] == digest_of(secret)
    assert (member["name"], member["scopes"]) == ("ann", ["classify", "reload"])
    assert secret not in file.read_text()
    assert main(["keys", "list"]) == 0
    assert secret not in capsys.readouterr().out


def test_list_shows_what_is_known(file: Path, capsys: Captured) -> None:
    """Name, scopes, when it was made, how the secret ends, and where the key stands."""
    assert main(["keys", "list"]) == 1
    assert f"no file {file}" in capsys.readouterr().err
    secret = made("ann", "classify", capsys=capsys)
    made("bob", "admin", capsys=capsys)
    assert main(["keys", "list"]) == 0
    one, other = capsys.readouterr().out.splitlines()
    created = json.loads(file.read_text())["keys"][0]["created"]
    assert one.split() == ["ann", "classify", created, f"…{secret[-4:]}", str(file)]
    assert other.split()[:2] == ["bob", "admin"]


def test_revoked_is_gone(file: Path, capsys: Captured) -> None:
    """The others stay; a second time there is nothing to revoke."""
    made("ann", "classify", capsys=capsys)
    made("bob", "admin", capsys=capsys)
    assert main(["keys", "revoke", "ann"]) == 0
    assert [key["name"] for key in json.loads(file.read_text())["keys"]] == ["bob"]
    assert main(["keys", "revoke", "ann"]) == 1


def test_names_are_given_once(file: Path, capsys: Captured) -> None:
    """To make a second key of a name is refused, and the first one stays."""
    made("ann", "classify", capsys=capsys)
    before = file.read_text()
    assert main(["keys", "new", "ann", "--scope", "admin"]) == 1
    assert "has a key named 'ann' already" in capsys.readouterr().err
    assert main(["keys", "new", "a b", "--scope", "admin"]) == 1
    assert "'a b' cannot be the name" in capsys.readouterr().err
    assert file.read_text() == before


def test_without_a_file_it_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """The line to put into FRAMED_API_KEYS; a key that stands there is revoked there."""
    monkeypatch.delenv("FRAMED_API_KEYS_FILE")
    settings.cache_clear()
    assert main(["keys", "new", "ann", "--scope", "metrics"]) == 0
    shown = capsys.readouterr()
    entry = shown.err.splitlines()[0].split()[-1]
    assert key_of(entry).digest == digest_of(shown.out.strip())
    monkeypatch.setenv("FRAMED_API_KEYS", entry)
    settings.cache_clear()
    assert main(["keys", "list"]) == 0
    assert "FRAMED_API_KEYS" in capsys.readouterr().out
    assert main(["keys", "revoke", "ann"]) == 1
    assert "FRAMED_API_KEYS" in capsys.readouterr().err
    assert main(["keys", "new", "ann", "--scope", "metrics"]) == 1


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    """For its owner only."""
    file = tmp_path / "etc" / "keys.json"
    assert main(["keys", "--file", str(file), "new", "ann", "--scope", "admin"]) == 0
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_another_file_may_be_named(tmp_path: Path, capsys: Captured) -> None:
    """Instead of that of the setting."""
    other = tmp_path / "other.json"
    assert main(["keys", "--file", str(other), "new", "ann", "--scope", "admin"]) == 0
    assert other.is_file()


@pytest.mark.parametrize(
    "wrong", [[], ["new"], ["new", "ann"], ["new", "ann", "--scope", "all"], ["revoke"]]
)
def test_a_wrong_call_is_told(wrong: list[str]) -> None:
    """With the usage."""
    with pytest.raises(SystemExit) as refused:
        main(["keys", *wrong])
    assert refused.value.code == 2


def test_a_broken_file_is_told_and_stays(file: Path, capsys: Captured) -> None:
    """One message, no trace, nothing overwritten."""
    file.write_text("{")
    for call in (["list"], ["revoke", "ann"], ["new", "ann", "--scope", "admin"]):
        assert main(["keys", *call]) == 1
        assert str(file) in capsys.readouterr().err
    assert file.read_text() == "{"
