"""Built banks on disk: kept by checksum, pointed at by name, never trusted blindly."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framed.bank_structure import BankStructure, LabelFacts, LabelGroup
from framed.errors import FramedError
from framed.scores.calibration import Calibration
from runners.clip.banks.bank import LabelBank
from runners.clip.banks.bank_text import BankText
from runners.clip.banks.build import assemble_bank, prompts_of
from runners.clip.banks.store import KEPT, KEPT_RUNS, BankStore

DIM = 8


def built(
    name: str = "b", labels: tuple[str, ...] = ("dog", "sea"), seed: int = 0, **more: Any
) -> LabelBank:
    """A bank of random vectors, whose text says `more` besides."""
    text = BankText(name, labels, ("a {}", "{}"), **more)
    rng = np.random.default_rng(seed)
    vectors = {p: rng.normal(size=DIM).astype(np.float32) for p in prompts_of(text)}
    return assemble_bank(text, vectors, f"revision-{seed}")


@pytest.fixture
def store(tmp_path: Path) -> BankStore:
    """An empty store of the run `one`."""
    return BankStore(tmp_path / "banks", "one")


def kept_file(store: BankStore, bank: LabelBank) -> Path:
    return store.folder / bank.name / f"{bank.checksum}.npz"


def files_of(store: BankStore) -> list[Path]:
    return [file for file in store.folder.rglob("*") if file.is_file()]


def test_what_is_saved_comes_back(store: BankStore) -> None:
    """A kept bank comes back bit for bit, frozen, with its labels and templates."""
    bank = built(labels=("dog", "été", "{x}"))
    store.save(bank)
    back = store.load("b", bank.identity, DIM)
    assert back is not None
    assert (back.name, back.labels, back.templates) == (bank.name, bank.labels, bank.templates)
    assert back.checksum == bank.checksum
    np.testing.assert_array_equal(back.embeddings, bank.embeddings)
    assert not back.embeddings.flags.writeable


STRUCTURE = BankStructure(
    {"dog": LabelFacts(0.2, None, ("my {}",), ("hound",), "pet"), "sea": LabelFacts(threshold=0.3)},
    {"all": LabelGroup(("sea", "dog"), exclusive=True), "pets": LabelGroup(("dog",))},
    share=0.1,
)


def test_what_a_bank_says_of_its_labels_comes_back(store: BankStore) -> None:
    """Facts, groups and what holds for all; also for whoever builds the bank on another engine."""
    bank = built(structure=STRUCTURE)
    store.save(bank)
    back = store.load("b", bank.identity, DIM)
    assert back is not None
    assert back.structure == STRUCTURE
    text = store.text("b", bank.identity)
    assert text is not None
    assert text.structure == STRUCTURE


@pytest.mark.parametrize("shifted", [("sea",), ()])
def test_what_a_bank_learnt_comes_back(shifted: tuple[str, ...], store: BankStore) -> None:
    """To the bit: a runner begun anew answers as before."""
    shifts = {label: np.linspace(0, 0.1, DIM, dtype=np.float32) for label in shifted}
    learnt = Calibration(
        "key",
        44,
        1.2,
        -2.1,
        {"dog": 0.3},
        shifts,
        {"dog": 7},
        {"dog": "0" * 16},
        match_threshold=0.4,
        date="2026-01-01",
        digest="d1",
    )
    bank = built(calibration=learnt)
    assert bank.checksum != built().checksum
    store.save(bank)
    back = store.load("b", bank.identity, DIM)
    assert back is not None
    assert back.calibration is not None
    plain, expected = asdict(back.calibration), asdict(learnt)
    np.testing.assert_equal(plain.pop("shifts"), expected.pop("shifts"))
    assert plain == expected


@pytest.mark.parametrize("gone", [("structure",), ("structure", "names")])
def test_banks_that_older_versions_kept_are_served(
    gone: tuple[str, ...], store: BankStore, caplog: pytest.LogCaptureFixture
) -> None:
    """They say nothing of names or structure."""
    bank = built()
    store.save(bank)
    file = kept_file(store, bank)
    with np.load(file) as arrays:
        facts = json.loads(str(arrays["facts"]))
        rows = arrays["embeddings"]
    for name in gone:
        del facts[name]
    np.savez(file, facts=np.array(json.dumps(facts)), embeddings=rows)
    back = store.load("b", bank.identity, DIM)
    assert back is not None
    assert (back.structure, back.calibration, back.names) == (BankStructure(), None, {})
    assert not caplog.records


@pytest.mark.parametrize("structure", [{"groups": []}, [1], {**{"facts": []}, "groups": {}}, 7])
def test_a_structure_that_is_none_is_damage(structure: object, store: BankStore) -> None:
    """The bank is built anew, whatever stands there."""
    bank = built()
    facts = {"name": "b", "checksum": bank.checksum, "labels": bank.labels, "templates": ["{}"]}
    store.save(bank)
    text = np.array(json.dumps({**facts, "structure": structure}))
    np.savez(kept_file(store, bank), facts=text, embeddings=bank.embeddings)
    assert store.load("b", bank.identity, DIM) is None


def test_what_was_never_saved_is_absent(store: BankStore, caplog: pytest.LogCaptureFixture) -> None:
    """An empty store answers nothing, and does not complain."""
    assert store.load("b", "0123456789abcdef", DIM) is None
    assert (store.pointed("b"), store.last("b")) == (None, None)
    assert not caplog.records


@pytest.mark.parametrize(
    "damage", ["cut off", "empty", "garbage", "flipped", "foreign", "pickled", "no facts"]
)
def test_damaged_files_count_as_absent(
    damage: str, store: BankStore, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that is cut off, altered or foreign is reported and rebuilt, never served."""
    bank = built()
    store.save(bank)
    file = kept_file(store, bank)
    data = file.read_bytes()
    middle = data.index(bank.embeddings.tobytes()) + 5
    if damage == "foreign":
        other = built(seed=1)
        store.save(other)
        file.write_bytes(kept_file(store, other).read_bytes())
    elif damage == "pickled":
        np.savez(file, facts=np.array(["x", None], dtype=object), embeddings=bank.embeddings)
    elif damage == "no facts":
        np.savez(file, embeddings=bank.embeddings)
    else:
        file.write_bytes(
            {
                "cut off": data[: len(data) // 2],
                "empty": b"",
                "garbage": b"not a zip at all",
                "flipped": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
            }[damage]
        )
    assert store.load("b", bank.identity, DIM) is None
    assert "unusable" in caplog.text


def test_vectors_of_another_model_are_not_served(store: BankStore) -> None:
    """A bank whose vectors have another length than the model's is absent."""
    bank = built()
    store.save(bank)
    assert store.load("b", bank.checksum, DIM + 1) is None


def test_the_pointer_holds_within_a_run(store: BankStore) -> None:
    """A second process of the same run finds the bank that serves; a new run does not."""
    bank = built()
    store.point("b", bank.checksum)
    assert BankStore(store.folder, "one").pointed("b") == bank.checksum
    other_run = BankStore(store.folder, "two")
    assert other_run.pointed("b") is None
    assert other_run.last("b") == bank.checksum


def test_each_run_keeps_its_own_pointer(store: BankStore) -> None:
    """Another server over the same folder takes nobody's pointer, whatever its run is called."""
    store.point("b", "a" * 16)
    for run, checksum in (("two", "b" * 16), ("../../one", "c" * 16)):
        BankStore(store.folder, run).point("b", checksum)
        assert BankStore(store.folder, run).pointed("b") == checksum
    assert store.pointed("b") == "a" * 16
    assert store.last("b") == "c" * 16


def test_old_runs_make_room(store: BankStore) -> None:
    """Of the runs' pointers the newest stay; the bank that served last is known all the same."""
    runs = [BankStore(store.folder, f"run {number}") for number in range(KEPT_RUNS + 3)]
    for age, run in enumerate(runs):
        run.point("b", "a" * 16)
        for file in (store.folder / "b" / "runs").iterdir():
            if file.stat().st_mtime > 1_000_000:
                os.utime(file, (1_000 + age, 1_000 + age))
    assert [run.pointed("b") is not None for run in runs] == [False] * 3 + [True] * KEPT_RUNS
    assert store.last("b") == "a" * 16


def test_the_pointer_moves(store: BankStore) -> None:
    """Pointing again replaces the pointer, and leaves no other file behind."""
    store.point("b", "aaaaaaaaaaaaaaaa")
    store.point("b", "bbbbbbbbbbbbbbbb")
    assert store.pointed("b") == "bbbbbbbbbbbbbbbb"
    assert len(files_of(store)) == 2


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '"x"', '{"checksum": "../../etc"}', "\udcff"],
    ids=["empty", "cut off", "list", "no keys", "text", "a path", "bytes"],
)
def test_damaged_pointers_count_as_absent(text: str, store: BankStore) -> None:
    """A pointer that cannot be read, or leads elsewhere, points nowhere."""
    store.point("b", "aaaaaaaaaaaaaaaa")
    for file in files_of(store):
        file.write_bytes(text.encode(errors="surrogateescape"))
    assert (store.pointed("b"), store.last("b")) == (None, None)


def test_old_banks_make_room_but_never_the_one_that_serves(store: BankStore) -> None:
    """The newest banks of a name stay, and the one pointed at stays whatever its age."""
    banks = [built(seed=seed) for seed in range(KEPT + 4)]
    store.save(banks[0])
    store.point("b", banks[0].checksum)
    for age, bank in enumerate(banks[1:]):
        store.save(bank)
        os.utime(kept_file(store, bank), (1_000 + age, 1_000 + age))
        os.utime(kept_file(store, banks[0]), (1, 1))
    store.save(banks[-1])
    kept = {file.stem for file in (store.folder / "b").glob("*.npz")}
    assert {banks[0].checksum, banks[-1].checksum} <= kept
    assert banks[1].checksum not in kept
    assert len(kept) <= KEPT + 1


def test_what_another_run_serves_is_not_removed(store: BankStore) -> None:
    """A server's bank outlives the many banks of another server over the same folder."""
    served, other = built(seed=99), BankStore(store.folder, "two")
    store.save(served)
    store.point("b", served.checksum)
    for seed in range(KEPT + 2):
        os.utime(kept_file(store, served), (1, 1))
        other.save(built(seed=seed))
        other.point("b", built(seed=seed).checksum)
    back = store.load("b", store.pointed("b") or "", DIM)
    assert back is not None
    assert back.checksum == served.checksum


def test_names_do_not_share_files(store: BankStore) -> None:
    """The same labels under two names are kept apart."""
    store.save(built("one"))
    assert store.load("two", built("one").checksum, DIM) is None


def test_a_disk_that_cannot_be_written_is_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A store that cannot write says so once, and no more than that, and serves on without it."""
    (tmp_path / "file").write_text("no folder can be made below a file")
    store = BankStore(tmp_path / "file", "one")
    for _ in range(3):
        assert store.load("b", built().checksum, DIM) is None
        store.save(built())
        store.point("b", built().checksum)
    assert (store.pointed("b"), store.last("b")) == (None, None)
    (said,) = caplog.messages
    assert "could not be written" in said


def test_a_failed_write_leaves_the_old_file(
    store: BankStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fills up during a write leaves the old pointer and no remains."""
    store.point("b", "aaaaaaaaaaaaaaaa")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    store.point("b", "bbbbbbbbbbbbbbbb")
    store.save(built())
    assert (store.pointed("b"), store.last("b")) == ("a" * 16, "a" * 16)
    assert len(files_of(store)) == 2


@pytest.mark.parametrize("name", ["..", "a/b", "/tmp/x"])
def test_names_cannot_leave_the_folder(name: str, store: BankStore) -> None:
    """A name that is a path is refused before any file is touched."""
    with pytest.raises(FramedError):
        store.point(name, "aaaaaaaaaaaaaaaa")
    with pytest.raises(FramedError):
        store.last(name)


def test_checksums_cannot_leave_the_folder(store: BankStore) -> None:
    """Nor can a checksum."""
    with pytest.raises(ValueError, match="no checksum"):
        store.load("b", "../../etc/passwd", DIM)


def test_fifos_in_their_place_are_not_waited_for(
    store: BankStore, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither for a kept bank nor for a pointer; both are replaced by the next write."""
    bank = built()
    store.save(bank)
    store.point("b", bank.checksum)
    for file in files_of(store):
        file.unlink()
        os.mkfifo(file)
    assert store.load("b", bank.identity, DIM) is None
    assert (store.pointed("b"), store.last("b")) == (None, None)
    assert "is not a regular file" in caplog.text
    store.save(bank)
    store.point("b", bank.checksum)
    assert store.load("b", bank.identity, DIM) is not None
    assert store.pointed("b") == bank.checksum


def test_the_words_of_another_engine_s_bank_are_found(store: BankStore) -> None:
    """By their checksum, over one cache folder; a damaged file has none."""
    bank = built(labels=("dog", "été"))
    store.save(bank)
    other = BankStore(store.folder.with_name("other engine"), "two")
    text = other.text("b", bank.identity)
    assert text == BankText("b", ("dog", "été"), ("a {}", "{}"))
    assert other.text("b", "0" * 16) is None
    kept_file(store, bank).write_bytes(b"PK")
    assert other.text("b", bank.identity) is None
