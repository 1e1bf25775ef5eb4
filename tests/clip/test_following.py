"""Replicas of a group serve what one of them reloaded, to the bit, whatever their files say."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from framed.errors import Code, FramedError
from runners.clip.banks.group import GroupFile
from runners.clip.banks.reading import LabelFiles
from runners.clip.banks.store import BankStore
from runners.clip.building import BankBuilder, BankMaker
from runners.clip.following import Follower
from runners.clip.membership import Membership
from runners.clip.shelf import BankShelf
from runners.clip.texts import TextEncoder
from tests.fakes import FakeEngine

DIM = 3


@dataclass
class Replica:
    """A server's shelf, its own label files, and the engine that counts what it encodes."""

    config: Path
    engine: FakeEngine
    shelf: BankShelf

    def write(self, labels: Sequence[str], bank: str = "default") -> None:
        """Label files, as a ConfigMap brings them to this replica and perhaps to no other yet."""
        folder = self.config if bank == "default" else self.config / "banks" / bank
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "labels.json").write_text(json.dumps({"labels": labels}))
        (folder / "templates.json").write_text(json.dumps({"templates": ["a {}"]}))

    def start(self) -> BankShelf:
        """Open what there is, as a starting server does."""
        self.shelf.expect_all()
        self.shelf.try_open("default")
        self.shelf.open_all()
        return self.shelf


class Group:
    """Replicas over one cache folder."""

    def __init__(self, folder: Path, executor: ThreadPoolExecutor) -> None:
        self.folder = folder
        self._executor = executor

    def replica(
        self,
        name: str,
        *,
        revision: str = "r1",
        kind: str = "fp32",
        group: str | None = "g",
    ) -> Replica:
        """One more, whose files say dog and sea."""
        engine = FakeEngine()
        maker = BankMaker(TextEncoder(engine, self._executor), revision, DIM)
        files = LabelFiles(self.folder / name)
        builder = BankBuilder(files, BankStore(self.folder / "kept" / kind, name), maker)
        file = GroupFile(self.folder / "kept" / "groups", group) if group else None
        shelf = BankShelf(builder, membership=Membership(file))
        made = Replica(self.folder / name, engine, shelf)
        if not made.config.exists():
            made.write(["dog", "sea"])
        return made


@pytest.fixture
def group(tmp_path: Path) -> Iterator[Group]:
    with ThreadPoolExecutor(1) as executor:
        yield Group(tmp_path, executor)


def test_one_reload_serves_on_all(group: Group, caplog: pytest.LogCaptureFixture) -> None:
    """The other takes the very vectors, encodes nothing, and says so, though its files are old."""
    caplog.set_level(logging.INFO)
    a, b = group.replica("a"), group.replica("b")
    a.start(), b.start()
    a.write(["cat"])
    (report,) = a.shelf.reload("default")
    encoded = len(b.engine.prompts)
    b.shelf.follow()
    bank = b.shelf.get("default")
    assert bank.checksum == report.checksum
    assert bank.labels == ("cat",)
    np.testing.assert_array_equal(bank.embeddings, a.shelf.get("default").embeddings)
    assert len(b.engine.prompts) == encoded
    assert f"follows the group g, generation 1: {report.checksum_before} -> {bank.checksum}" in (
        caplog.text
    )


@pytest.mark.parametrize("kind", ["fp32", "fp16"])
def test_groups_and_names_are_followed_too(group: Group, kind: str) -> None:
    """Though no vector changes with them, and on another engine as well."""
    a, b = group.replica("a"), group.replica("b", kind=kind)
    a.start(), b.start()
    (a.config / "labels.json").write_text(json.dumps({"groups": {"pets": ["dog"], "x": ["sea"]}}))
    (a.config / "names").mkdir()
    (a.config / "names" / "de.json").write_text('{"dog": "Hund"}')
    a.shelf.reload("default")
    b.shelf.follow()
    bank = b.shelf.get("default")
    assert list(bank.structure.groups) == ["pets", "x"]
    assert bank.names == {"de": {"dog": "Hund"}}
    assert bank.checksum == a.shelf.get("default").checksum


def test_nothing_new_is_nothing_to_do(group: Group) -> None:
    """Looking again changes nothing, and who told does not follow itself."""
    a, b = group.replica("a"), group.replica("b")
    a.start(), b.start()
    a.write(["cat"])
    a.shelf.reload(None)
    b.shelf.follow()
    served = a.shelf.banks, b.shelf.banks
    a.shelf.follow(), b.shelf.follow()
    assert (a.shelf.banks, b.shelf.banks) == served
    assert a.shelf.banks is served[0]


def test_the_last_of_two_reloads_wins_on_both(group: Group) -> None:
    """Two replicas that reload different words end with the same ones."""
    a, b = group.replica("a"), group.replica("b")
    a.start(), b.start()
    a.write(["cat"]), b.write(["cow"])
    a.shelf.reload("default"), b.shelf.reload("default")
    a.shelf.follow(), b.shelf.follow()
    assert a.shelf.get("default").labels == b.shelf.get("default").labels == ("cow",)


def test_banks_that_come_and_go_do_so_on_all(group: Group) -> None:
    """One whose folder only the other has is served; one that was taken away is not."""
    a, b = group.replica("a"), group.replica("b")
    a.write(["lion"], "zoo"), b.write(["oak"], "trees"), a.write(["oak"], "trees")
    a.start(), b.start()
    for file in (a.config / "banks" / "trees").iterdir():
        file.unlink()
    (a.config / "banks" / "trees").rmdir()
    a.shelf.reload(None)
    b.shelf.follow()
    assert set(b.shelf.banks) == {"default", "zoo"}
    late = group.replica("b").start()  # its files still have trees
    assert set(late.banks) == {"default", "zoo"}


def test_who_was_down_takes_the_group_s_bank(
    group: Group, caplog: pytest.LogCaptureFixture
) -> None:
    """At its start a replica serves what the group does, and says where its files differ."""
    a = group.replica("a")
    a.start()
    a.write(["cat"])
    a.shelf.reload(None)
    b = group.replica("b")
    b.start()
    assert b.shelf.get("default").labels == ("cat",)
    assert "label files here say something else" in caplog.text
    b.shelf.reload(None)
    a.shelf.follow()
    assert a.shelf.get("default").labels == ("dog", "sea")


def test_another_engine_builds_the_same_words(group: Group) -> None:
    """Its vectors are its own, words and checksum are the group's, whatever its files say."""
    a, b = group.replica("a"), group.replica("b", kind="bf16")
    a.start(), b.start()
    a.write(["cat"])
    (report,) = a.shelf.reload("default")
    b.shelf.follow()
    assert b.shelf.get("default").checksum == report.checksum
    assert "a cat" in b.engine.prompts


def test_another_model_serves_the_words_and_warns(
    group: Group, caplog: pytest.LogCaptureFixture
) -> None:
    """While weights are being replaced checksums differ; that is said, once."""
    a, b = group.replica("a"), group.replica("b", revision="r2")
    a.start(), b.start()
    a.write(["cat"])
    a.shelf.reload("default")
    b.shelf.follow(), b.shelf.follow()
    assert b.shelf.get("default").labels == ("cat",)
    assert caplog.text.count("another model made it") == 1


def test_without_the_kept_bank_the_files_are_read(
    group: Group, caplog: pytest.LogCaptureFixture
) -> None:
    """A bank that the cache lost is built from this replica's files, with a warning."""
    a, b = group.replica("a"), group.replica("b")
    a.start(), b.start()
    a.write(["cat"])
    (report,) = a.shelf.reload("default")
    for file in group.folder.rglob(f"{report.checksum}.npz"):
        file.unlink()
    b.shelf.follow()
    assert b.shelf.get("default").labels == ("dog", "sea")
    assert "this replica's files differ" in caplog.text


def test_what_cannot_be_followed_leaves_the_bank(group: Group) -> None:
    """Neither kept nor to be built: the old bank serves on, and the next look tries again."""
    a, b = group.replica("a"), group.replica("b")
    a.start(), b.start()
    a.write(["cat"])
    (report,) = a.shelf.reload("default")
    (kept,) = group.folder.rglob(f"{report.checksum}.npz")
    whole = kept.read_bytes()
    kept.write_bytes(b"")
    (b.config / "labels.json").write_text("{")
    with pytest.raises(FramedError):
        b.shelf.follow()
    assert b.shelf.get("default").labels == ("dog", "sea")
    kept.write_bytes(whole)
    b.shelf.follow()
    assert b.shelf.get("default").labels == ("cat",)


def test_a_group_that_cannot_be_told_changes_nothing(group: Group) -> None:
    """Better no reload than replicas that differ."""
    a = group.replica("a")
    a.start()
    (group.folder / "kept" / "groups").write_text("")
    a.write(["cat"])
    with pytest.raises(FramedError) as refused:
        a.shelf.reload("default")
    assert refused.value.code is Code.UNAVAILABLE
    assert a.shelf.get("default").labels == ("dog", "sea")


def test_servers_without_a_group_follow_nobody(group: Group) -> None:
    """Two servers that merely share a cache folder have nothing to do with each other."""
    a, b = group.replica("a"), group.replica("b", group=None)
    a.start(), b.start()
    a.write(["cat"])
    a.shelf.reload("default")
    b.shelf.follow()
    assert b.shelf.get("default").labels == ("dog", "sea")
    assert group.replica("b", group="h").start().get("default").labels == ("dog", "sea")


def test_a_model_that_another_replica_reloads_unloaded_reads_its_files(group: Group) -> None:
    """Whoever has the model loaded reads the files again, once, and the others follow it."""
    a, b = group.replica("a"), group.replica("b")
    a.start(), b.start()
    a.write(["cat"])
    GroupFile(group.folder / "kept" / "groups", "g").commit_reread()
    a.shelf.follow()
    served = a.shelf.banks
    a.shelf.follow()
    assert a.shelf.banks is served
    b.shelf.follow(), a.shelf.follow(), b.shelf.follow()
    assert a.shelf.get("default").checksum == b.shelf.get("default").checksum


def test_the_follower_looks_by_itself(group: Group) -> None:
    """A thread does it, survives a damaged file, and ends when it is told."""
    a, b = group.replica("a"), group.replica("b")
    a.start(), b.start()
    follower = Follower(b.shelf, every=0.02, again=0.02)
    (group.folder / "kept" / "groups").mkdir(exist_ok=True)
    (group.folder / "kept" / "groups" / "g.json").write_text("{")
    follower.start()
    time.sleep(0.1)
    a.write(["cat"])
    a.shelf.reload("default")
    _until(lambda: b.shelf.get("default").labels == ("cat",))
    follower.stop()


def _until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not done():
        assert time.monotonic() < end
        time.sleep(0.02)
