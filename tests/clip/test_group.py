"""The file of a group of replicas: whole at every moment, and the last word is the last written."""

from __future__ import annotations

import fcntl
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from framed.errors import Code, FramedError
from runners.clip.banks import group
from runners.clip.banks.group import GroupFile

ONE, OTHER = "1" * 16, "2" * 16


def test_what_one_tells_the_other_reads(tmp_path: Path) -> None:
    """Each generation is one more, keeps what is not spoken of, and stamps what is."""
    mine, theirs = GroupFile(tmp_path / "groups", "g"), GroupFile(tmp_path / "groups", "g")
    assert theirs.read().generation == 0
    first = mine.commit({"default": ONE, "zoo": ONE})
    second = theirs.commit({"zoo": None})
    assert mine.read() == second
    assert second.generation == 2
    assert second.banks["default"] == first.banks["default"]
    assert second.banks["zoo"].checksum is None
    assert second.banks["zoo"].stamp != first.banks["zoo"].stamp


def test_groups_know_nothing_of_each_other(tmp_path: Path) -> None:
    """Another name is another group."""
    GroupFile(tmp_path, "one").commit({"default": ONE})
    assert GroupFile(tmp_path, "two").read().banks == {}


def test_no_word_is_lost_when_many_speak_at_once(tmp_path: Path) -> None:
    """Replicas that tell at the same time queue up: every generation counts, every bank stays."""
    replicas = [GroupFile(tmp_path, "g") for _ in range(8)]
    with ThreadPoolExecutor(len(replicas)) as pool:
        told = [
            pool.submit(replica.commit, {f"b{number}-{turn}": ONE})
            for number, replica in enumerate(replicas)
            for turn in range(5)
        ]
    assert sorted(each.result().generation for each in told) == list(range(1, 41))
    assert len(replicas[0].read().banks) == 40
    assert [each.name for each in tmp_path.glob(".part-*")] == []


def test_reading_files_again_takes_the_place_of_all_banks(tmp_path: Path) -> None:
    """Whoever starts afterwards reads its files; whoever runs sees that it has to."""
    file = GroupFile(tmp_path, "g")
    file.commit({"default": ONE})
    state = file.commit_reread()
    assert state.banks == {}
    assert state.reread
    assert file.commit({"default": OTHER}).reread == state.reread


def test_a_lock_that_stays_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who cannot tell the group is refused, and nothing is written."""
    monkeypatch.setattr(group, "PATIENCE", 0.1)
    file = GroupFile(tmp_path, "g")
    file.commit({"default": ONE})
    descriptor = os.open(tmp_path / "g.lock", os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        with pytest.raises(FramedError, match="nothing was changed") as refused:
            file.commit({"default": OTHER})
    finally:
        os.close(descriptor)
    assert (refused.value.code, refused.value.retry_after) == (Code.UNAVAILABLE, 30)
    assert file.read().banks["default"].checksum == ONE


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file in the folder's place, say."""
    (tmp_path / "groups").write_text("")
    with pytest.raises(FramedError, match="could not be told"):
        GroupFile(tmp_path / "groups", "g").commit({"default": ONE})


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"generation": 1}', "fifo", "big"])
def test_a_damaged_file_is_said_and_then_replaced(damage: str, tmp_path: Path) -> None:
    """Whatever lies in its place stops nobody: the next reload writes it anew."""
    place = tmp_path / "g.json"
    if damage == "fifo":
        os.mkfifo(place)
    else:
        place.write_text(" " * 2**21 if damage == "big" else damage)
    file = GroupFile(tmp_path, "g")
    with pytest.raises((ValueError, OSError), match=r"g\.json"):
        file.read()
    assert file.commit({"default": ONE}).generation == 1
    assert file.read().banks["default"].checksum == ONE
