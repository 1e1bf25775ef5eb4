"""The keys that are good now: found by their secrets, read again when their file changes."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from pydantic import SecretStr

from framed.access import keyring
from framed.access.key import entry_of, new_key
from framed.access.key_file import write_keys
from framed.access.keyring import Keyring, check_keys
from framed.access.scopes import Scope
from framed.errors import StartupError
from tests.fakes import chosen

ANN, ANNS = new_key("ann", frozenset({Scope.CLASSIFY}))
BOB, BOBS = new_key("bob", frozenset({Scope.ADMIN}))


@pytest.fixture(autouse=True)
def _looking_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is looked at with every question, not once a second."""
    monkeypatch.setattr(keyring, "LOOKED_AFTER", 0.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with one key."""
    write_keys(tmp_path / "keys.json", [ANN])
    return tmp_path / "keys.json"


def ring(file: Path | None = None, entries: str | None = None) -> Keyring:
    secret = SecretStr(entries) if entries is not None else None
    made = Keyring.of(chosen(api_keys=secret, api_keys_file=file))
    assert made is not None
    return made


def names(made: Keyring) -> list[str]:
    return [key.name for key in made.keys()]  # noqa: SIM118 - no dict


def test_no_keys_are_set_unless_they_are() -> None:
    """An empty list of keys is not that: then nobody has one."""
    assert Keyring.of(chosen()) is None
    assert names(ring(entries=" ,")) == []


def test_keys_are_found_by_their_secrets(file: Path) -> None:
    """Those of the settings and those of the file; nothing else is one."""
    made = ring(file, entry_of(BOB))
    assert [made.find(secret) for secret in (ANNS, BOBS)] == [ANN, made.keys()[0]]
    for wrong in ("", "x", ANNS[:-1], ANNS + "x", ANN.digest, ANNS.upper(), "\udcff"):
        assert made.find(wrong) is None


def test_every_key_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time says nothing of which key it was: none is left out once one has fitted."""
    made, compared = ring(entries=f"{entry_of(ANN)},{entry_of(BOB)}"), []

    def watching(one: str, other: str) -> bool:
        compared.append(one)
        return one == other

    monkeypatch.setattr(keyring.hmac, "compare_digest", watching)
    for secret in (ANNS, BOBS, "neither"):
        made.find(secret)
    assert compared == [ANN.digest, BOB.digest] * 3


def test_a_change_of_the_file_is_seen(file: Path) -> None:
    """A key more, a key less, without a new start."""
    made = ring(file)
    assert names(made) == ["ann"]
    write_keys(file, [ANN, BOB])
    assert names(made) == ["ann", "bob"]
    write_keys(file, [BOB])
    assert made.find(ANNS) is None
    write_keys(file, [])
    assert names(made) == []


def test_a_file_that_breaks_leaves_the_keys(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Broken, gone, or with a name twice: it is logged once, and what was good stays so."""
    made = ring(file, entry_of(BOB))
    assert names(made) == ["bob", "ann"]
    for spoil in (lambda: file.write_text("{"), file.unlink, lambda: write_keys(file, [BOB])):
        caplog.clear()
        spoil()
        assert [names(made), names(made)] == [["bob", "ann"]] * 2
        assert [line.levelname for line in caplog.records] == ["ERROR"]
    write_keys(file, [])
    assert names(made) == ["bob"]


def test_without_its_file_nobody_has_a_key(tmp_path: Path) -> None:
    """A process that starts anew beside a broken file lets nobody in, until that is mended."""
    made = ring(tmp_path / "none.json")
    assert names(made) == []
    write_keys(tmp_path / "none.json", [ANN])
    assert made.find(ANNS) == ANN


def test_it_is_looked_at_once_a_second(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not with every request."""
    monkeypatch.setattr(keyring, "LOOKED_AFTER", 3600.0)
    made = ring(file)
    assert names(made) == ["ann"]
    write_keys(file, [BOB])
    assert names(made) == ["ann"]


def test_a_file_for_all_to_read_is_told(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A warning with what to do."""
    file.chmod(0o644)
    with caplog.at_level(logging.WARNING, "framed"):
        ring(file).keys()
    assert "chmod 600" in caplog.text


def test_a_server_does_not_start_with_keys_that_cannot_be_read(tmp_path: Path) -> None:
    """It says which setting it is, and nothing of a secret."""
    (tmp_path / "broken.json").write_text("{")
    for file in (tmp_path / "none.json", tmp_path / "broken.json", tmp_path):
        with pytest.raises(StartupError, match=rf"{file} \(FRAMED_API_KEYS_FILE\)"):
            check_keys(chosen(api_keys_file=file))
    with pytest.raises(StartupError, match="FRAMED_API_KEYS") as refused:
        check_keys(chosen(api_keys=SecretStr(f"ann:{ANNS}")))
    assert ANNS not in str(refused.value)
    check_keys(chosen())


def test_keys_in_force_are_told_at_the_start(caplog: pytest.LogCaptureFixture) -> None:
    """How many and from where, and nothing of a secret."""
    secret = "a-secret-of-more-than-24-characters"
    with caplog.at_level("INFO", "framed.access"):
        Keyring.of(chosen(api_keys=SecretStr(f"ann:classify:{secret}")))
    assert caplog.messages == ["1 keys are in force, from FRAMED_API_KEYS"]
