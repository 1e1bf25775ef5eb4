"""The file of keys: whole or as before, its owner's, and never waited for."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from framed.access.key import Key, digest_of, new_key
from framed.access.key_file import read_keys, sole_writer, write_keys
from framed.access.scopes import Scope

ANN, _ = new_key("ann", frozenset({Scope.CLASSIFY, Scope.RELOAD}))
BOB, _ = new_key("bob", frozenset({Scope.ADMIN}))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Every key, in order; the file is its owner's alone, and no other is left beside it."""
    file = tmp_path / "keys.json"
    with sole_writer(file):
        write_keys(file, [ANN, BOB])
    assert read_keys(file) == (ANN, BOB)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["keys.json"]


def test_mode_stays(tmp_path: Path) -> None:
    """A file that a service's group may read stays so when it is written again."""
    file = tmp_path / "keys.json"
    write_keys(file, [ANN])
    file.chmod(0o640)
    write_keys(file, [ANN, BOB])
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_two_of_one_name_are_refused(tmp_path: Path) -> None:
    """What was in the file stays."""
    file = tmp_path / "keys.json"
    write_keys(file, [ANN])
    with pytest.raises(ValueError, match="'ann'"):
        write_keys(file, [ANN, Key("ann", BOB.scopes, BOB.digest)])
    assert read_keys(file) == (ANN,)
    assert os.listdir(tmp_path) == ["keys.json"]


MEMBER = {"name": "ann", "scopes": ["classify"], "sha256": digest_of("x")}


@pytest.mark.parametrize(
    "content",
    [
        *("", "{}", "[]", '{"keys": 3}', '{"keys": [3]}', '{"keys": ["ann"]}', "[" * 100_000),
        *(json.dumps({"keys": [MEMBER | {"scopes": ["all"]}]}), json.dumps({"keys": [{}]})),
        *(json.dumps({"keys": [MEMBER | {"sha256": "12"}]}), json.dumps({"keys": [MEMBER] * 2})),
        json.dumps({"keys": [MEMBER | {"scopes": 7}]}),
        "\xff",
    ],
)
def test_what_is_no_file_of_keys_is_told(content: str, tmp_path: Path) -> None:
    """By one kind of error, however it is wrong."""
    file = tmp_path / "keys.json"
    file.write_bytes(content.encode("latin-1"))
    with pytest.raises(ValueError, match=r"\w"):
        read_keys(file)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Nor is anything read that is no regular file."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="regular"):
        read_keys(tmp_path / "pipe")
