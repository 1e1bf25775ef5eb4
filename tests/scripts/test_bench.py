"""bench: which rows it measures, what it writes, and how it says that it cannot run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from scripts import bench
from scripts.benchmarks.cpu import cpu_ms
from scripts.benchmarks.photos import load_jpegs
from scripts.benchmarks.row import Conditions, Measured, NotMeasurableError, Row

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "docs" / "samples" / "pier_sunset.jpg"

Run = Callable[..., int]


class Fake:
    """A row that measures nothing and notes the conditions that it was given."""

    def __init__(self, figure: Measured) -> None:
        self.figure = figure
        self.asked: list[Conditions] = []
        self.photos: list[bytes] = []

    def __call__(self, conditions: Conditions) -> Measured:
        self.asked.append(conditions)
        self.photos += conditions.progress(conditions.jpegs)
        return self.figure


def missing(_: Conditions) -> Measured:
    raise NotMeasurableError("no such engine here")


@pytest.fixture
def fakes() -> dict[str, Fake]:
    """Rows of two groups, one with a baseline."""
    return {
        "metrics/grey": Fake(Measured(2.0, "CPU ms")),
        "metrics/grey+lines": Fake(Measured(12.5, "CPU ms")),
        "metrics/brisque": Fake(Measured(20.0, "CPU ms", 110.0)),
        "cache/hit": Fake(Measured(0.5, "ms")),
    }


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the figures go, in a folder that is not there yet."""
    return tmp_path / "build" / "bench.json"


@pytest.fixture
def run(fakes: dict[str, Fake], out: Path) -> Run:
    """bench with the fake rows, on the samples."""
    table = [Row(name, fake) for name, fake in fakes.items()]
    return lambda *words: bench.main([*words, "--out", str(out)], table=lambda: table)


def names(out: Path) -> list[str]:
    return [record["name"] for record in json.loads(out.read_text())]


def test_all_rows_unless_told_otherwise(run: Run, fakes: dict[str, Fake], out: Path) -> None:
    """A plain run measures every row once, in the order of the table."""
    assert run() == 0
    assert names(out) == list(fakes)
    assert all(len(fake.asked) == 1 for fake in fakes.values())


def test_json_is_one_record_a_row(run: Run, out: Path) -> None:
    """Each record has the five fields; ratio is baseline over value, null without a baseline."""
    run("--only", "metrics/brisque", "cache/hit")
    assert json.loads(out.read_text()) == [
        {"name": "metrics/brisque", "value": 20, "unit": "CPU ms", "baseline": 110, "ratio": 5.5},
        {"name": "cache/hit", "value": 0.5, "unit": "ms", "baseline": None, "ratio": None},
    ]


def test_table_is_aligned(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Every line of the table is as long as the others, and names its row first."""
    run()
    lines = capsys.readouterr().out.rstrip("\n").split("\n")
    assert len({len(line) for line in lines}) == 1
    assert [line.split()[0] for line in lines[1:3]] == ["metrics/grey", "metrics/grey+lines"]
    assert lines[3].split() == ["metrics/brisque", "20.00", "CPU", "ms", "110.00", "5.50"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["--only", "cache/hit"], ["cache/hit"], id="a name"),
        pytest.param(["--only", "metrics/grey"], ["metrics/grey"], id="a name that begins another"),
        pytest.param(
            ["--only", "metrics"],
            ["metrics/grey", "metrics/grey+lines", "metrics/brisque"],
            id="a group",
        ),
        pytest.param(["--only", "metrics/g"], ["metrics/grey", "metrics/grey+lines"], id="a stem"),
        pytest.param(
            ["--only", "cache", "metrics/grey"], ["metrics/grey", "cache/hit"], id="two words"
        ),
        pytest.param(
            ["--only", "cache", "--only", "metrics/grey"],
            ["metrics/grey", "cache/hit"],
            id="a flag twice",
        ),
    ],
)
def test_only(run: Run, out: Path, words: list[str], expected: list[str]) -> None:
    """--only takes names and how names begin, several at once; the table's order stays."""
    assert run(*words) == 0
    assert names(out) == expected


@pytest.mark.parametrize(
    ("word", "near"),
    [("metrics/gray", "metrics/grey"), ("cash", "cache"), ("zzz", "metrics/brisque")],
)
def test_unknown_name(
    run: Run, out: Path, capsys: pytest.CaptureFixture[str], word: str, near: str
) -> None:
    """An unknown name measures nothing, and near ones are named (all, where none is near)."""
    assert run("--only", "cache", word) == 2
    complaint = capsys.readouterr().err
    assert repr(word) in complaint
    assert near in complaint
    assert not out.exists()


def test_rows_get_repeat_and_photos(run: Run, fakes: dict[str, Fake]) -> None:
    """Every row sees --repeat and the same photos; of the samples, the one large enough."""
    run("--repeat", "7")
    for fake in fakes.values():
        assert [asked.repeat for asked in fake.asked] == [7]
        assert fake.photos == [SAMPLE.read_bytes()]


@pytest.mark.parametrize("repeat", ["0", "-1", "two"])
def test_repeat_is_a_count(run: Run, repeat: str) -> None:
    """Nothing is measured less than once."""
    with pytest.raises(SystemExit) as stopped:
        run("--repeat", repeat)
    assert stopped.value.code == 2


def test_a_row_that_cannot_be_measured(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is said with its reason and left out; the others stand, and the status is 1."""
    table = [Row("engines/fast", missing), Row("cache/hit", Fake(Measured(1.0, "ms")))]
    assert bench.main(["--out", str(out)], table=lambda: table) == 1
    assert names(out) == ["cache/hit"]
    assert "engines/fast left out: no such engine here" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["absent", "empty"])
def test_no_photos(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str) -> None:
    """A folder that is not there, or holds no photo, is said and measures nothing."""
    folder = tmp_path / what
    if what == "empty":
        folder.mkdir()
        (folder / "notes.txt").write_text("not a photo")
    assert run("--photos", str(folder)) == 2
    assert str(folder) in capsys.readouterr().err


def test_figures_that_cannot_be_written(
    fakes: dict[str, Fake], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said before anything is measured."""
    (tmp_path / "file").write_text("")
    table = [Row(name, fake) for name, fake in fakes.items()]
    assert bench.main(["--out", str(tmp_path / "file" / "out.json")], table=lambda: table) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert not any(fake.asked for fake in fakes.values())


def write_photo(path: Path, width: int, height: int) -> None:
    picture = np.random.default_rng(2).integers(0, 256, (height, width, 3), dtype=np.uint8)
    assert cv2.imwrite(str(path), picture)


def size(jpeg: bytes) -> tuple[int, int]:
    """(width, height)"""
    assert jpeg[:2] == b"\xff\xd8"
    picture: Any = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return picture.shape[1], picture.shape[0]


def test_photos_are_jpegs_of_one_size(tmp_path: Path) -> None:
    """Large ones are reduced and other formats written anew; small ones and no photos left."""
    write_photo(tmp_path / "a.jpg", 1024, 300)
    write_photo(tmp_path / "b.jpg", 500, 1500)
    write_photo(tmp_path / "c.png", 1024, 64)
    write_photo(tmp_path / "d.jpg", 1023, 64)
    (tmp_path / "e.jpg").write_bytes(b"not a photo")
    jpegs = load_jpegs(tmp_path)
    assert [size(jpeg) for jpeg in jpegs] == [(1024, 300), (341, 1024), (1024, 64)]
    assert jpegs[0] == (tmp_path / "a.jpg").read_bytes()


def test_small_photos_where_there_are_no_others(tmp_path: Path) -> None:
    """A folder of small photos is better than none; nothing is enlarged."""
    write_photo(tmp_path / "a.jpg", 200, 100)
    assert [size(jpeg) for jpeg in load_jpegs(tmp_path)] == [(200, 100)]


def test_ways_take_turns() -> None:
    """Ours and the baseline run by turns on every photo, after one run that is not counted."""
    calls: list[str] = []
    figure = cpu_ms(
        lambda item: calls.append(f"ours {item}"),
        "ab",
        repeat=2,
        usual=lambda item: calls.append(f"usual {item}"),
    )
    assert calls == ["ours a", "usual a"] * 3 + ["ours b", "usual b"] * 2
    assert figure.unit == "CPU ms"
    assert figure.baseline is not None


def test_without_a_baseline_there_is_no_ratio() -> None:
    """Nothing is compared with nothing."""
    figure = cpu_ms(lambda item: sum(range(10_000)), [1], repeat=1)
    assert figure.value > 0
    assert (figure.baseline, figure.ratio) == (None, None)


def test_names_of_the_real_rows() -> None:
    """Rows are named group/name, once each, and those that were promised are there."""
    known = [row.name for row in bench.rows()]
    assert len(set(known)) == len(known)
    assert all(name.count("/") == 1 for name in known)
    promised = {"metrics/grey", "metrics/grey+lines", "metrics/brisque", "metrics/seed"}
    assert promised <= set(known)


def test_a_real_row_in_a_process_of_its_own(tmp_path: Path) -> None:
    """`python -m scripts.bench` measures the grey metrics of a small photo and writes them."""
    folder, out = tmp_path / "photos", tmp_path / "bench.json"
    folder.mkdir()
    shutil.copy(ROOT / "docs" / "samples" / "cat.jpg", folder)
    command = [sys.executable, "-m", "scripts.bench", "--only", "metrics/grey", "--repeat", "1"]
    command += ["--photos", str(folder), "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (record,) = json.loads(out.read_text())
    assert record["name"] == "metrics/grey"
    assert record["value"] > 0
    assert record["baseline"] is None
