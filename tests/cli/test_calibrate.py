"""`python -m framed calibrate`: a bank learns from photos, and says how much."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from framed.__main__ import main
from framed.cli import calibrate
from framed.imaging.prepare import prepare
from framed.photo import DecodeSpec, Pixels, SquareSpec, ViewSpec
from framed.questions import RankQuestion
from framed.results import RankedLabel
from framed.scores.learn import calibrated_match
from framed.scores.standing import Background
from framed.settings import settings
from runners.clip import learner
from runners.clip.banks.bank import LabelBank
from runners.clip.banks.bank_text import BankText
from runners.clip.banks.build import bank_of, label_digests
from runners.clip.banks.calibration_file import read_calibration
from runners.clip.banks.source import read_words
from runners.clip.core import ClipCore
from runners.clip.reference.build import ReferenceSet
from tests.photos import GREEN, RED, jpeg

REPO = Path(__file__).parents[2]
PHOTOS = REPO.parent / "shared" / "data" / "photos"

Rows = npt.NDArray[np.float32]


def _units(rows: Any) -> Rows:
    rows = np.asarray(rows, np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), np.float32)


class ByColour:
    """Stands for a model that sees a photo's mean colour, and knows two words for one."""

    model_id = "by-colour"
    square = SquareSpec(8)

    def __init__(self, _: object) -> None: ...

    def close(self) -> None: ...

    def see(self, squares: npt.NDArray[np.uint8]) -> Rows:
        return _units(squares.mean(axis=(1, 2)) + 1)

    material = None  # only the default bank is taught by it

    def bank(self, text: BankText) -> LabelBank:
        known = {"red": (1, 0, 0), "green": (0, 1, 0)}
        return bank_of(text, "0" * 16, _units([known.get(each, (0, 0, 1)) for each in text.labels]))

    def reference(self, templates: tuple[str, ...]) -> ReferenceSet:
        words = np.random.default_rng(1).normal(size=(20, 3))
        background = Background(np.full(3, 0.5), _units(words).astype(np.float64))
        none = np.zeros((0, 3), np.float32)
        return ReferenceSet("by-colour-1", templates, background, 1.0, -2.3, none, none)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of photos, and a configuration with a bank `colours` beside it."""
    monkeypatch.setattr(learner, "Learner", ByColour)
    bank = tmp_path / "config" / "banks" / "colours"
    bank.mkdir(parents=True)
    (bank / "words.txt").write_text("red\ngreen\nblue\n")
    for number in range(6):
        shade = np.array([RED, GREEN][number % 2]) - 3 * number
        (tmp_path / f"{number}.jpg").write_bytes(jpeg(tuple(np.clip(shade, 0, 255).tolist())))
    monkeypatch.setenv("FRAMED_CONFIG_DIR", str(tmp_path / "config"))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def written(folder: Path, *more: dict[str, Any]) -> Path:
    """A list of the six photos, red and green in turns, and of what is given."""
    lines = [{"photo": f"{n}.jpg", "labels": [("red", "green")[n % 2]]} for n in range(6)]
    file = folder / "labels.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in [*lines, *more]))
    return file


def taught(folder: Path, *flags: str, labels: Path | None = None) -> int:
    """The exit code of the command for the bank `colours`."""
    file = labels or written(folder)
    return main(["calibrate", str(folder), str(file), "--bank", "colours", *flags])


def place_of(folder: Path) -> Path:
    return folder / "config" / "banks" / "colours"


def test_it_writes_what_was_learnt(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the bank's labels, for the reference set of the model; and says how to apply it."""
    assert taught(folder) == calibrate.GOOD
    found = read_calibration(place_of(folder))
    assert found is not None
    assert (found.key, found.photos, found.match_threshold) == ("by-colour-1", 6, None)
    assert found.counts == {"red": 3, "green": 3, "blue": 0}
    assert (found.shifts, found.replaces) == ({}, False)
    shown = capsys.readouterr()
    assert "after, photo left out" in shown.out
    assert '{"bank": "colours"}' in shown.out
    assert "warning: 6 photos teach little" in shown.err
    assert "nobody looked for them): blue" in shown.err


def test_the_same_photos_give_the_same_bytes(folder: Path) -> None:
    """Prototypes and threshold included."""
    contents = []
    for _ in range(2):
        assert taught(folder, "--prototypes", "--replace", "--recall", "0.5") == calibrate.GOOD
        contents.append((place_of(folder) / "calibration.json").read_bytes())
    assert contents[0] == contents[1]
    found = read_calibration(place_of(folder))
    assert found is not None
    assert set(found.shifts) == {"red", "green"}
    assert found.replaces
    assert found.match_threshold is not None


def test_a_dry_run_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It shows the same figures."""
    assert taught(folder, "--dry-run") == calibrate.GOOD
    assert not (place_of(folder) / "calibration.json").exists()
    assert "nothing was written" in capsys.readouterr().out


def test_a_threshold_is_told_with_what_it_keeps(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The one that was asked for is the bank's from then on; else 90 % are told, and no more."""
    assert taught(folder, "--precision", "0.9") == calibrate.GOOD
    told = capsys.readouterr().out
    found = read_calibration(place_of(folder))
    assert found is not None
    assert f"\n{found.match_threshold} is the bank's match_threshold from now on" in told
    assert taught(folder) == calibrate.GOOD
    told = capsys.readouterr().out
    assert "6 true labels are too few to promise 90 % of others, it takes 9" in told
    assert "from now on" not in told


def test_a_bad_photo_is_named_and_skipped(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The others teach; the exit code tells."""
    (folder / "text.jpg").write_text("no photo at all")
    bad = ({"photo": "text.jpg", "labels": ["red"]}, {"photo": "gone.jpg", "labels": ["red"]})
    assert taught(folder, labels=written(folder, *bad)) == calibrate.SOME_FAILED
    shown = capsys.readouterr().err
    assert "text.jpg: " in shown
    assert "gone.jpg: " in shown
    assert (read_calibration(place_of(folder)) or pytest.fail("not written")).photos == 6


def test_words_that_are_no_labels_are_warned_of(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once each, with the nearest."""
    (folder / "x.jpg").write_bytes(jpeg(RED))
    (folder / "y.jpg").write_bytes(jpeg(RED))
    more = [{"photo": name, "labels": ["red", "rod"]} for name in ("x.jpg", "y.jpg")]
    assert taught(folder, labels=written(folder, *more)) == calibrate.GOOD
    assert capsys.readouterr().err.count("'rod', it is ignored; did you mean 'red'?") == 1


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "names no photo"),
        ([{"photo": "0.jpg", "labels": ["rad"]}], "is one of the bank"),
        ([{"photo": "gone.jpg", "labels": ["red"]}], "none of the 1 photos"),
        ([{"photo": "0.jpg"}], "labels.jsonl:1: "),
    ],
)
def test_what_teaches_nothing_is_refused(
    lines: list[dict[str, Any]], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No photo, no label of the bank, no photo that can be read, a bad line: nothing is written."""
    file = folder / "labels.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    assert taught(folder, labels=file) == calibrate.NOTHING_WRITTEN
    shown = capsys.readouterr().err
    assert said in shown
    assert "nothing was written" in shown
    assert not (place_of(folder) / "calibration.json").exists()


def test_a_recall_that_cannot_be_promised_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It tells how many true labels it takes; nothing is written."""
    assert taught(folder, "--recall", "0.99") == calibrate.NOTHING_WRITTEN
    told = capsys.readouterr().err
    assert "nothing was written: 6 true labels are too few to promise 99 % of others" in told
    assert "it takes 99; label more photos, or ask for less" in told
    assert not (place_of(folder) / "calibration.json").exists()


def test_what_is_served_now_is_compared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Once the bank has learnt; where it is better on these photos, that is a warning."""
    assert taught(folder, "--prototypes") == calibrate.GOOD
    assert "served now" not in capsys.readouterr().out
    turned = [
        {"photo": f"{n}.jpg", "labels": [["red"], ["green"], ["green"]][n % 3]} for n in range(6)
    ]
    file = folder / "turned.jsonl"
    file.write_text("\n".join(map(json.dumps, turned)))
    assert taught(folder, labels=file) == calibrate.GOOD
    shown = capsys.readouterr()
    assert "served now (calibration.json, 6 photos)" in shown.out
    assert "warning: match gets worse by this: micro AP" in shown.err


def test_what_no_longer_holds_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that cannot be read, and labels whose prompts changed since."""
    file = place_of(folder) / "calibration.json"
    file.write_text("{")
    assert taught(folder) == calibrate.GOOD
    assert "warning: what is served now is not compared: " in capsys.readouterr().err
    found = read_calibration(place_of(folder))
    assert found is not None
    assert found.words == label_digests(read_words("colours", place_of(folder)))
    changed = file.read_text().replace(found.words["red"], "0" * 16)
    file.write_text(changed)
    assert taught(folder) == calibrate.GOOD
    told = capsys.readouterr()
    assert "is used: learnt with other templates or synonyms: red" in told.err
    assert "served now" in told.out


def test_what_would_turn_match_round_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every label on the photos that it is not true of."""
    for n in range(60):
        (folder / f"{n}.jpg").write_bytes(jpeg((RED, GREEN)[n % 2]))
    false = [{"photo": f"{n}.jpg", "labels": [("green", "red")[n % 2]]} for n in range(60)]
    file = folder / "labels.jsonl"
    file.write_text("\n".join(map(json.dumps, false)))
    assert taught(folder, labels=file) == calibrate.NOTHING_WRITTEN
    assert "the less likely, the further it stands out" in capsys.readouterr().err
    assert not (place_of(folder) / "calibration.json").exists()


def test_one_photo_promises_no_threshold(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It teaches a little all the same, where no threshold is asked for."""
    file = folder / "labels.jsonl"
    file.write_text('{"photo": "0.jpg", "labels": ["red"]}')
    assert taught(folder, "--recall", "0.5", labels=file) == calibrate.NOTHING_WRITTEN
    assert "0 true labels are too few to promise 50 % of others, it takes 1" in (
        capsys.readouterr().err
    )
    assert taught(folder, "--precision", "0.9", labels=file) == calibrate.NOTHING_WRITTEN
    assert "No threshold fulfils that wish" in capsys.readouterr().err
    assert taught(folder, labels=file) == calibrate.GOOD
    found = read_calibration(place_of(folder))
    assert found is not None
    assert max(map(abs, found.offsets.values())) < 1


@pytest.mark.parametrize(
    "flags",
    [
        ("--replace",),
        ("--recall", "0.9", "--precision", "0.8"),
        ("--recall", "1"),
        ("--precision", "much"),
    ],
)
def test_a_wrong_call_is_refused(flags: tuple[str, ...], folder: Path) -> None:
    """Replacing without prototypes, two wishes at once, a share that is none."""
    with pytest.raises(SystemExit) as ended:
        taught(folder, *flags)
    assert ended.value.code == 2


def test_unknown_banks_and_places_are_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bank with the nearest; a folder of photos that is none."""
    file = str(written(folder))
    assert main(["calibrate", str(folder), file, "--bank", "colour"]) == calibrate.NOTHING_WRITTEN
    assert "did you mean 'colours'?" in capsys.readouterr().err
    gone = str(folder / "gone")
    assert main(["calibrate", gone, file, "--bank", "colours"]) == calibrate.NOTHING_WRITTEN
    assert "neither a folder nor a zip" in capsys.readouterr().err


def test_a_damaged_file_is_replaced_with_its_mode_kept(folder: Path) -> None:
    """What keeps the bank from being read does not keep the command from mending it."""
    file = place_of(folder) / "calibration.json"
    file.write_text("{")
    file.chmod(0o640)
    assert taught(folder) == calibrate.GOOD
    assert read_calibration(place_of(folder)) is not None
    assert file.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in place_of(folder).iterdir() if each.name.startswith(".")] == []


def test_a_new_file_can_be_read_by_the_server(folder: Path) -> None:
    """Which may run as somebody else."""
    assert taught(folder) == calibrate.GOOD
    assert (place_of(folder) / "calibration.json").stat().st_mode & 0o444 == 0o444


def test_a_stopped_run_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while photos are looked at: 130, and nothing is written."""

    def stopped(*_: object) -> Rows:
        raise KeyboardInterrupt

    monkeypatch.setattr(ByColour, "see", stopped)
    assert taught(folder) == calibrate.INTERRUPTED
    assert "nothing was written" in capsys.readouterr().err
    assert not (place_of(folder) / "calibration.json").exists()


@pytest.fixture
def embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A configuration with the default bank alone, for the embedded model."""
    pytest.importorskip("runners.clip.quiet_openvino")
    config = tmp_path / "config"
    config.mkdir()
    for name in ("labels.json", "templates.json", "models.json", "models", "reference"):
        (config / name).symlink_to(REPO / "config" / name)
    monkeypatch.setenv("FRAMED_CONFIG_DIR", str(config))
    monkeypatch.setenv("FRAMED_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("FRAMED_DEVICE", "cpu")
    monkeypatch.setenv("FRAMED_MODEL", "mini")
    settings.cache_clear()
    yield config
    settings.cache_clear()


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="the reference photos are not on this machine")
def test_what_real_photos_teach_is_what_is_served(embedded: Path, tmp_path: Path) -> None:
    """The default bank, taught by a dozen photos: match by the file, score by its prototypes."""
    labels = tmp_path / "labels.jsonl"
    labels.write_text("\n".join((PHOTOS / "labels.jsonl").read_text().splitlines()[:12]))
    flags = ("--prototypes", "--replace", "--recall", "0.5")
    assert main(["calibrate", str(PHOTOS), str(labels), *flags]) == calibrate.GOOD
    learnt = read_calibration(embedded)
    assert learnt is not None
    assert (learnt.photos, len(learnt.shifts["outdoor"])) == (12, 256)
    assert learnt.counts["outdoor"] == labels.read_text().count('"outdoor"')
    bank = read_words("default", embedded)
    with closing(learner.Learner(settings())) as model:
        views = ViewSpec(squares=(model.square,))
        data = (PHOTOS / "cat.jpg").read_bytes()
        square = prepare(data, DecodeSpec(exact=True), views).views.squares[model.square.size]
        row, rows = model.see(square[None]), model.bank(bank).embeddings
        background = model.reference(bank.templates).background
    match = calibrated_match(row, rows, bank.labels, learnt, background)[0]
    served = _served(square)
    for label, expected, own in zip(bank.labels, match, rows, strict=True):
        one = served[label]
        if label not in bank.structure.apart:  # whose share counts, too
            assert one.match == pytest.approx(expected, abs=1e-4)
        prototype = _units(own + learnt.shifts.get(label, np.zeros(256, np.float32)))
        assert one.score == pytest.approx(float(row[0] @ prototype), abs=1e-4)


def _served(square: Pixels) -> dict[str, RankedLabel]:
    """The answer of a server of these settings, by label."""
    core = ClipCore(settings())
    core.wait()
    ranking = asyncio.run(core.rank(square, RankQuestion(top_k=1000, most=1000)))
    return {each.label: each for each in ranking.results}
