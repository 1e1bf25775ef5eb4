"""The shelf of label banks: opened, read again, swapped whole, and never left empty."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from framed.errors import Code, FramedError
from framed.scores.calibration import Calibration
from runners.clip.banks import reading
from runners.clip.banks.bank_text import BankText
from runners.clip.banks.reading import LabelFiles
from runners.clip.banks.store import BankStore
from runners.clip.building import BankBuilder, BankMaker
from runners.clip.shelf import BankShelf
from runners.clip.texts import TextEncoder
from tests.clip.test_bank_source import write_text_bank
from tests.fakes import FakeEngine

DIM = 3
REVISION = "r1"


class House:
    """A folder of label files, a folder of kept banks, and shelves of one run after another."""

    def __init__(self, folder: Path, executor: ThreadPoolExecutor) -> None:
        self.config = folder / "config"
        self.kept = folder / "kept"
        self.engine = FakeEngine()
        self._executor = executor
        self.write(["dog", "sea"])
        self.write(["tower"], bank="landmarks")

    def write(
        self, labels: Sequence[object], templates: Sequence[str] = ("a {}",), bank: str = "default"
    ) -> None:
        """The label files of `bank`, as somebody's editor leaves them."""
        folder = self.folder(bank)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "labels.json").write_text(json.dumps({"labels": labels}))
        (folder / "templates.json").write_text(json.dumps({"templates": templates}))

    def folder(self, bank: str) -> Path:
        return self.config if bank == "default" else self.config / "banks" / bank

    def shelf(
        self,
        run: str = "run 1",
        revision: str = REVISION,
        default: str = "default",
        patience: float = 30.0,
    ) -> BankShelf:
        """A fresh process of the run `run`, with nothing in its memory."""
        return BankShelf(self.builder(run, revision, patience), default=default)

    def builder(
        self, run: str = "run 1", revision: str = REVISION, patience: float = 30.0
    ) -> BankBuilder:
        """What a fresh process of the run makes its banks with."""
        self.engine = FakeEngine()
        texts = TextEncoder(self.engine, self._executor)
        maker = BankMaker(texts, revision, DIM)
        return BankBuilder(LabelFiles(self.config, patience), BankStore(self.kept, run), maker)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with ThreadPoolExecutor(1) as executor:
        yield House(tmp_path, executor)


def refusal(shelf: BankShelf, bank: str | None = None) -> FramedError:
    with pytest.raises(FramedError) as refused:
        shelf.reload(bank)
    return refused.value


def test_a_bank_is_read_and_served(house: House) -> None:
    """Labels of the file, a unit row each."""
    shelf = house.shelf()
    bank = shelf.open("default")
    assert shelf.get("default") is bank
    assert (bank.labels, bank.templates) == (("dog", "sea"), ("a {}",))
    np.testing.assert_allclose(np.linalg.norm(bank.embeddings, axis=1), 1, atol=1e-6)
    assert house.engine.prompts == ["a dog", "a sea"]


def test_an_unknown_bank_is_told_the_nearest(house: House) -> None:
    """A slip is told what was meant, a stranger what there is."""
    shelf = house.shelf()
    shelf.open("default")
    shelf.open("landmarks")
    with pytest.raises(FramedError, match="did you mean 'landmarks'") as refused:
        shelf.get("landmark")
    assert refused.value.code is Code.UNKNOWN_BANK
    with pytest.raises(FramedError, match="default, landmarks"):
        shelf.get("xyzzy")


def test_reload_reads_the_files_again(house: House) -> None:
    """The report counts labels, templates and prompts, and names both checksums."""
    shelf = house.shelf()
    before = shelf.open("default")
    house.write(["dog", "sea", "cat"], ["a {}", "the {}"])
    (report,) = shelf.reload("default")
    after = shelf.get("default")
    assert after.labels == ("dog", "sea", "cat")
    assert (report.bank, report.labels, report.templates) == ("default", 3, 2)
    assert (report.checksum_before, report.checksum) == (before.checksum, after.checksum)
    assert report.encoded_prompts == 4
    assert report.seconds >= 0


def test_a_bank_taken_before_stays_as_it_is(house: House) -> None:
    """A request that began with a bank ends with it, whole."""
    shelf = house.shelf()
    taken, banks = shelf.open("default"), shelf.banks
    rows = taken.embeddings.copy()
    house.write(["cat"])
    shelf.reload("default")
    assert taken.labels == ("dog", "sea")
    np.testing.assert_array_equal(taken.embeddings, rows)
    assert banks["default"] is taken
    assert not taken.embeddings.flags.writeable


def test_nothing_changed_costs_nothing(house: House) -> None:
    """The same files are the same checksum, and no prompt is encoded again."""
    shelf = house.shelf()
    shelf.open("default")
    (report,) = shelf.reload("default")
    assert report.checksum_before == report.checksum
    assert report.encoded_prompts == 0


def test_reload_of_all_finds_new_banks_and_drops_those_that_went(house: House) -> None:
    """What serves is what the folder holds."""
    shelf = house.shelf()
    shelf.open("default")
    shelf.open("landmarks")
    house.write(["poppy"], bank="flowers")
    for file in house.folder("landmarks").iterdir():
        file.unlink()
    house.folder("landmarks").rmdir()
    reports = {report.bank: report for report in shelf.reload(None)}
    assert reports.keys() == shelf.banks.keys() == {"default", "flowers"}
    assert reports["flowers"].checksum_before is None


@pytest.mark.parametrize(
    ("labels", "words"),
    [(["dog", "dog"], "already on line"), ([], "holds no labels"), (["dog", 7], "not a text")],
)
def test_a_bad_file_leaves_the_old_bank(labels: list[object], words: str, house: House) -> None:
    """The reload is refused with file and reason, and the bank serves on."""
    shelf = house.shelf()
    before = shelf.open("default")
    house.write(labels)
    refused = refusal(shelf, "default")
    assert refused.code is Code.INVALID_BANK
    assert words in refused.message
    assert "labels.json" in refused.message
    assert str(house.config) not in refused.message
    assert shelf.get("default") is before


def test_a_bad_bank_does_not_keep_the_others_from_a_reload(house: House) -> None:
    """The good ones serve as their files stand, the bad one as before; the refusal says which."""
    shelf = house.shelf()
    shelf.open("default")
    before = shelf.open("landmarks")
    house.write(["cat"])
    house.write(["tower", "tower"], bank="landmarks")
    house.write([], bank="never")
    refused = refusal(shelf)
    assert refused.code is Code.INVALID_BANK
    assert refused.details == {"reloaded": ["default"], "refused": ["landmarks", "never"]}
    assert "landmarks/labels.json" in refused.message
    assert "already on line" in refused.message
    assert shelf.get("default").labels == ("cat",)
    assert shelf.get("landmarks") is before
    assert shelf.banks.keys() == {"default", "landmarks"}
    assert house.shelf().open("default").labels == ("cat",)


@pytest.mark.parametrize("default", ["default", "landmarks"])
def test_a_bad_default_bank_leaves_all_as_they_are(default: str, house: House) -> None:
    """Nothing is swapped without the bank that most requests ask for."""
    shelf = house.shelf(default=default)
    shelf.open("default")
    shelf.open("landmarks")
    before = dict(shelf.banks)
    for bank in ("default", "landmarks"):
        house.write(["x", "x"] if bank == default else ["new"], bank=bank)
    refused = refusal(shelf)
    assert refused.details == {"reloaded": [], "refused": [default]}
    assert dict(shelf.banks) == before


def test_a_bank_that_was_never_good_is_there_and_refused(house: House) -> None:
    """It is told from a bank that does not exist, until its files are mended or gone."""
    house.write(["x", "x"], bank="broken")
    shelf = house.shelf()
    shelf.open_all()
    assert shelf.banks.keys() == {"default", "landmarks"}
    with pytest.raises(FramedError, match="'broken', but its files were refused") as refused:
        shelf.get("broken")
    assert refused.value.code is Code.UNKNOWN_BANK
    assert refusal(shelf, "broken").code is Code.INVALID_BANK
    house.write(["x"], bank="broken")
    shelf.reload("broken")
    assert (shelf.get("broken").labels, dict(shelf.refused)) == (("x",), {})


def test_a_bank_whose_turn_has_not_come_is_not_unknown(house: House) -> None:
    """While the others are opened behind the default one, they are `not_ready`."""
    shelf = house.shelf()
    shelf.expect_all()
    shelf.open("default")
    with pytest.raises(FramedError) as early:
        shelf.get("landmarks")
    assert (early.value.code, early.value.retry_after) == (Code.NOT_READY, 2)
    with pytest.raises(FramedError) as strange:
        shelf.get("nowhere")
    assert strange.value.code is Code.UNKNOWN_BANK
    shelf.open_all()
    assert shelf.get("landmarks").labels == ("tower",)
    house.folder("landmarks").rename(house.folder("gone"))
    shelf.reload(None)
    with pytest.raises(FramedError) as gone:
        shelf.get("landmarks")
    assert gone.value.code is Code.UNKNOWN_BANK


def test_folders_that_cannot_be_banks_are_named(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """A folder whose name no request could say is a warning a reading, with the reason."""
    for name in ("Upper", "default", ".hidden"):
        (house.config / "banks" / name).mkdir()
    shelf = house.shelf()
    shelf.open_all()
    shelf.reload(None)
    for name, why in (("Upper", "a-z"), ("default", "labels.json")):
        said = [each for each in caplog.messages if f"banks/{name} " in each]
        assert len(said) == 2
        assert all(why in each for each in said)
    assert "hidden" not in caplog.text


def test_a_model_that_fails_in_mid_reload_leaves_the_old_banks(house: House) -> None:
    """Nothing is swapped before everything is built."""
    shelf = house.shelf()
    before = shelf.open("default")
    house.write(["cat"])

    def fail(texts: Sequence[str]) -> None:
        raise FramedError(Code.OUT_OF_MEMORY, "no memory")

    house.engine.encode_texts = fail  # type: ignore[method-assign,assignment]
    assert refusal(shelf).code is Code.OUT_OF_MEMORY
    assert dict(shelf.banks) == {"default": before}


@pytest.mark.parametrize("name", ["nope", "../default", "", "UPPER", "a/b", "x" * 65])
def test_a_bank_that_is_not_there_is_not_reloaded(name: str, house: House) -> None:
    """Nor is a name that is a path: no file is touched by it."""
    shelf = house.shelf()
    shelf.open("default")
    assert refusal(shelf, name).code is Code.UNKNOWN_BANK
    assert shelf.banks.keys() == {"default"}


def test_a_process_of_the_same_run_serves_the_same_bank(house: House) -> None:
    """A runner that was killed comes back with what it served, though the file was edited since."""
    served = house.shelf().open("default")
    house.write(["cat"])
    again = house.shelf("run 1")
    assert again.open("default").checksum == served.checksum
    assert house.engine.prompts == []
    again.reload("default")
    assert house.shelf("run 1").open("default").labels == ("cat",)


def test_another_server_over_the_same_cache_takes_nothing(house: House) -> None:
    """Its start and its reloads do not change what a killed runner of the first comes back with."""
    served = house.shelf("run 1").open("default")
    house.write(["cat"])
    other = house.shelf("run 2")
    other.open("default")
    house.write(["cow"])
    other.reload(None)
    assert house.shelf("run 1").open("default").checksum == served.checksum
    assert house.shelf("run 2").open("default").labels == ("cow",)


def test_a_run_whose_model_changed_reads_the_files(house: House) -> None:
    """The bank it pointed at was made by other weights: their vectors do not fit these."""
    house.shelf("run 1").open("default")
    again = house.shelf("run 1", revision="r2").open("default")
    assert house.engine.prompts == ["a dog", "a sea"]
    assert again.labels == ("dog", "sea")


def test_a_new_run_reads_the_files(house: House) -> None:
    """Whoever restarts the server gets what stands in the files now."""
    house.shelf().open("default")
    house.write(["cat"])
    assert house.shelf("run 2").open("default").labels == ("cat",)


def test_a_new_run_does_not_encode_what_is_kept(house: House) -> None:
    """The same labels, templates and model are found on disk."""
    first = house.shelf().open("default")
    again = house.shelf("run 2").open("default")
    assert house.engine.prompts == []
    np.testing.assert_array_equal(again.embeddings, first.embeddings)


def test_another_model_does_not_take_the_vectors(house: House) -> None:
    """Its revision is part of the checksum."""
    first = house.shelf().open("default")
    other = house.shelf("run 2", revision="r2").open("default")
    assert other.checksum != first.checksum
    assert house.engine.prompts == ["a dog", "a sea"]


def test_bad_files_at_the_start_fall_back_to_the_last_bank(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """A new run serves what served before, and warns with file and reason."""
    served = house.shelf().open("default")
    house.write(["dog", "dog"])
    shelf = house.shelf("run 2")
    with caplog.at_level(logging.WARNING, "framed.clip.banks"):
        assert shelf.open("default").checksum == served.checksum
    assert "already on line" in caplog.text
    assert shelf.banks.keys() == {"default"}


def test_bad_files_without_a_last_bank_are_an_error(house: House) -> None:
    """There is nothing to fall back to: neither at the first start nor under another model."""
    house.write(["dog", "dog"])
    with pytest.raises(FramedError) as refused:
        house.shelf().open("default")
    assert refused.value.code is Code.INVALID_BANK
    house.write(["dog"])
    house.shelf().open("default")
    house.write(["dog", "dog"])
    with pytest.raises(FramedError):
        house.shelf("run 2", revision="r2").open("default")


def test_a_damaged_store_is_built_again(house: House) -> None:
    """Kept banks are a cache: broken ones are no reason to fail."""
    served = house.shelf().open("default")
    for file in house.kept.rglob("*.npz"):
        file.write_bytes(b"damaged")
    again = house.shelf("run 1").open("default")
    assert again.checksum == served.checksum
    assert house.engine.prompts == ["a dog", "a sea"]


def test_reloads_at_the_same_time_end_in_one_of_them(house: House) -> None:
    """Readers meanwhile see whole banks only, and memory and disk agree in the end."""
    shelf = house.shelf()
    shelf.open("default")
    allowed = {shelf.get("default").checksum}
    seen: set[str] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.wait(0.0002):  # leaves the others their turn
            bank = shelf.get("default")
            assert len(bank.labels) == len(bank.embeddings)
            seen.add(bank.checksum)

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(3) as pool:
        for number in range(10):
            house.write([f"label {n}" for n in range(number + 1)])
            reports = [
                each.result() for each in [pool.submit(shelf.reload, None) for _ in range(3)]
            ]
            allowed |= {report.checksum for each in reports for report in each}
    stop.set()
    reader.join()
    assert seen <= allowed
    last = shelf.get("default")
    assert len(last.labels) == 10
    assert house.shelf("run 1").open("default").checksum == last.checksum


def test_names_follow_the_files_without_a_new_bank(house: House) -> None:
    """New names need no prompt and no new checksum, and a restarted process has them."""
    shelf = house.shelf()
    before = shelf.open("default")
    (house.config / "names").mkdir()
    (house.config / "names" / "de.json").write_text(json.dumps({"dog": "Hund"}))
    (report,) = shelf.reload("default")
    assert (report.encoded_prompts, report.checksum) == (0, before.checksum)
    assert shelf.get("default").names == {"de": {"dog": "Hund"}}
    (house.config / "names" / "de.json").write_text("{")
    assert house.shelf().open("default").names == {"de": {"dog": "Hund"}}


def test_groups_and_parents_follow_the_files_without_a_new_bank(house: House) -> None:
    """As names do: no prompt, no new checksum, and a restarted process has them."""
    shelf = house.shelf()
    before = shelf.open("default")
    (house.config / "labels.json").write_text(
        json.dumps({"groups": {"pets": [{"label": "dog", "parent": "animal"}], "sights": ["sea"]}})
    )
    (report,) = shelf.reload("default")
    assert (report.encoded_prompts, report.checksum) == (0, before.checksum)
    assert report.changed
    assert not shelf.reload("default")[0].changed
    assert list(shelf.get("default").structure.groups) == ["pets", "sights"]
    (house.config / "labels.json").write_text("{")
    structure = house.shelf().open("default").structure
    assert structure.groups["pets"].labels == ("dog",)
    assert structure.parents("dog") == ("animal",)


def test_groups_of_another_server_over_the_same_cache_are_its_own(house: House) -> None:
    """The same labels have the same checksum; a runner begun anew has the groups of its own run."""
    shelf = house.shelf()
    for run, group in (("run 1", "pets"), ("run 2", "beasts")):
        (house.config / "labels.json").write_text(json.dumps({"groups": {group: ["dog", "sea"]}}))
        opened = (shelf if run == "run 1" else house.shelf(run)).open("default")
        assert list(opened.structure.groups) == [group]
    assert list(house.shelf("run 1").open("default").structure.groups) == ["pets"]
    assert house.engine.prompts == []


def test_another_share_is_another_bank(house: House) -> None:
    """It changes answers, though no vector."""
    shelf = house.shelf()
    before = shelf.open("default")
    house.write([{"label": "dog", "share": 0.5}, "sea"])
    (report,) = shelf.reload("default")
    assert report.checksum != before.checksum
    assert shelf.get("default").structure.facts["dog"].share == 0.5
    np.testing.assert_array_equal(shelf.get("default").embeddings, before.embeddings)


def test_what_a_bank_learnt_is_found_again(house: House) -> None:
    """By whoever has the bank's checksum alone, without the file that it was read from."""
    learnt = Calibration("key", 44, 1.2, -2.1, {"dog": 0.3}, digest="d1")
    text = BankText("default", ("dog",), ("{}",), calibration=learnt)
    bank = house.builder().build(text)
    found = house.builder("run 2").of_group("default", bank.checksum)
    assert (found.checksum, house.engine.prompts) == (bank.checksum, [])
    assert found.calibration is not None
    assert found.calibration.offsets == {"dog": 0.3}


def test_bad_names_leave_the_old_bank(house: House) -> None:
    """The reload is refused as for bad labels."""
    shelf = house.shelf()
    shelf.open("default")
    (house.config / "names").mkdir()
    (house.config / "names" / "de.json").write_text(json.dumps({"dgo": "Hund"}))
    assert "did you mean 'dog'" in refusal(shelf, "default").message
    assert shelf.get("default").names == {}


def test_a_share_that_hangs_holds_back_no_other_reload(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One bank's folder never answers: its reload is refused in time, the other bank's goes on."""
    real, answers = reading.read_bank, threading.Event()

    def read_bank(name: str, config_dir: Path) -> BankText:
        if name == "landmarks":
            answers.wait(60)
        return real(name, config_dir)

    shelf = house.shelf(patience=0.2)
    shelf.open("default")
    shelf.open("landmarks")
    monkeypatch.setattr(reading, "read_bank", read_bank)
    house.write(["cat"])
    for bank in ("landmarks", None):
        refused = refusal(shelf, bank)
        assert refused.code is Code.UNAVAILABLE
        assert refused.retry_after
    assert shelf.get("default").labels == ("dog", "sea")
    shelf.reload("default")
    assert shelf.get("default").labels == ("cat",)
    answers.set()


def test_a_bank_that_no_request_could_name_is_refused_by_a_reload(house: House) -> None:
    """In the answer, not only in the log; the others are reloaded."""
    write_text_bank(house.config, "my cities", a="Rome\n")
    shelf = house.shelf()
    shelf.open_all()
    with pytest.raises(FramedError) as refused:
        shelf.reload(None)
    assert "Refused, and not served: banks/my cities: a bank's name is" in refused.value.message
    assert refused.value.details is not None
    assert "default" in refused.value.details["reloaded"]


def test_a_refusal_tells_which_banks_serve(house: House) -> None:
    """One that never served does not serve as before."""
    shelf = house.shelf()
    shelf.open_all()
    write_text_bank(house.config, "never", a="\n")
    with pytest.raises(FramedError, match="Refused, and not served: never: ") as refused:
        shelf.reload(None)
    assert "as before" not in refused.value.message
    with pytest.raises(FramedError, match=r"hold no labels\. It is not served\."):
        shelf.reload("never")
    (house.config / "labels.json").write_text("{")
    with pytest.raises(FramedError, match=r"serving as before: default: .*not served: never: "):
        shelf.reload(None)
    with pytest.raises(FramedError, match=r"It serves as before\."):
        shelf.reload("default")


def test_warnings_are_in_the_report_and_in_the_log(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """Who asked reads them, and who runs it."""
    write_text_bank(house.config, "pets", a="cat\nCats\ncat,dog,bird\n")
    (report,) = house.shelf().reload("pets")
    assert [warning.split(": ")[0] for warning in report.warnings] == [
        "pets/a.txt, line 2",
        "pets/a.txt, line 3",
    ]
    assert [f"bank pets: {each}" for each in report.warnings] == caplog.messages[-2:]
