"""bench: which rows it measures, what it writes, and how it says that it cannot run."""

from __future__ import annotations

import json
import os
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
from scripts.benchmarks.ceilings import GEMM_FLOPS, share_of_ceiling
from scripts.benchmarks.child import Child
from scripts.benchmarks.cpu import cpu_ms
from scripts.benchmarks.load import Answers
from scripts.benchmarks.over_http import corrected_wall
from scripts.benchmarks.photos import load_jpegs
from scripts.benchmarks.row import Conditions, EngineFacts, Measured, NotMeasurableError, Row
from scripts.benchmarks.words import LABELS, TEMPLATES

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "docs" / "samples" / "pier_sunset.jpg"

PROMISED = (
    *("metrics/grey", "metrics/grey+lines", "metrics/brisque", "metrics/seed"),
    *("image/vit-l-14/224/default", "image/vit-l-14/336/default", "image/vit-l-14/224/int8"),
    *("image/vit-b-32/224/default", "image/vit-b-32/224/int8", "image/mini/default"),
    *("bank/vit-l-14/200x5", "bank/mini/200x5", "bank/reload-one-label", "bank/disk"),
    *("decode/12mp", "http/classify/1", "http/classify/16", "http/mini/16"),
    *("http/mini/overload", "http/mini/beside-batch"),
    *("memory/vit-l-14", "memory/vit-b-32", "memory/mini"),
    *("start/vit-l-14", "start/mini", "start/mini/fresh"),
    *("http/mini/16/before", "http/mini/1/before", "features/mini/16/before"),
    *("start/mini/before", "memory/mini/before"),
)

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
        "metrics/brisque": Fake(Measured(20.0, "CPU ms", 110.0, share=0.75)),
        "cache/hit": Fake(Measured(0.5, "ms")),
        "http/all": Fake(
            Measured(30.0, "photos/s", 40.0, more_is_better=True, notes=("p50 3 ms",))
        ),
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
    """Each record has the six fields; what a row has no figure for is null."""
    run("--only", "metrics/brisque", "cache/hit", "http/all")
    fields = ("name", "value", "unit", "baseline", "ratio", "share")
    assert [tuple(record) for record in json.loads(out.read_text())] == [fields] * 3
    assert [tuple(record.values()) for record in json.loads(out.read_text())] == [
        ("metrics/brisque", 20, "CPU ms", 110, 5.5, 0.75),
        ("cache/hit", 0.5, "ms", None, None, None),
        ("http/all", 30, "photos/s", 40, 0.75, None),
    ]


def test_table_is_aligned(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Every line of the table is as long as the others, and names its row first."""
    run()
    table, notes = capsys.readouterr().out.rstrip("\n").split("\n\n")
    lines = table.split("\n")
    assert len({len(line) for line in lines}) == 1
    assert notes == "http/all: p50 3 ms"
    assert [line.split()[0] for line in lines[1:3]] == ["metrics/grey", "metrics/grey+lines"]
    assert lines[3].split() == ["metrics/brisque", "20.00", "CPU", "ms", "110.00", "5.50", "0.75"]


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
    assert bench.main(["--out", str(tmp_path)], table=lambda: table) == 2
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
    assert all(name.count("/") >= 1 for name in known)
    assert set(PROMISED) <= set(known)


def test_rows_of_the_large_model_are_large() -> None:
    """What needs ViT-L/14 takes minutes, so a quick run must know it."""
    by_name = {row.name: row for row in bench.rows()}
    small = {"image/vit-b-32/224/default", "image/mini/default", "bank/mini/200x5", "start/mini"}
    assert all(row.large for name, row in by_name.items() if "vit-l" in name)
    assert by_name["bank/reload-one-label"].large
    assert not any(by_name[name].large for name in small)


def test_quick_leaves_the_large_rows_out(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--quick says which rows it leaves out, tells the others, and runs them less often."""
    large, small = Fake(Measured(1.0, "s")), Fake(Measured(2.0, "s"))
    table = [Row("image/large", large, large=True), Row("image/small", small)]
    assert bench.main(["--quick", "--out", str(out)], table=lambda: table) == 0
    assert names(out) == ["image/small"]
    assert "leaves out image/large" in capsys.readouterr().err
    (asked,) = small.asked
    assert asked.quick
    assert asked.repeat < 5


def test_quick_may_be_told_how_often(run: Run, fakes: dict[str, Fake]) -> None:
    """--repeat holds whatever --quick would choose."""
    run("--quick", "--repeat", "9", "--only", "cache/hit")
    assert [asked.repeat for asked in fakes["cache/hit"].asked] == [9]


def test_markdown(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--markdown prints the machine, a table of rows, one of engines beside torch, and notes."""
    ran = EngineFacts("some-model", 224, "openvino", "cpu", "bf16", 0.99991, 0.9981)
    figure = Measured(50.0, "CPU ms", 125.0, share=0.9, notes=("as it was",), engine=ran)
    table = [Row("image/some", Fake(figure)), Row("cache/hit", Fake(Measured(0.5, "ms")))]
    bench.main(["--markdown", "--out", str(out)], table=lambda: table)
    machine, rows, engines, notes = capsys.readouterr().out.strip().split("\n\n")
    assert machine.startswith("Machine: ")
    assert rows.split("\n")[2:] == [
        "| image/some | 50.00 | CPU ms | 125.00 | 2.50 | 0.90 |",
        "| cache/hit | 0.50 | ms | - | - | - |",
    ]
    assert engines.split("\n")[2:] == [
        "| torch eager fp32 | cpu | some-model | 224 | 125.00 | - | - | 1.00000 | 1.00000 |",
        "| openvino bf16 | cpu | some-model | 224 | 50.00 | 2.50 | 0.90 | 0.99991 | 0.99810 |",
    ]
    assert notes == "- image/some: as it was"
    assert len({line.count("|") for line in engines.split("\n")}) == 1


class Counter:
    """Something with a state, to be kept in a process of its own."""

    def __init__(self, start: int) -> None:
        if start < 0:
            raise NotMeasurableError("there are no counts below nothing")
        self._count = start

    def add(self, more: int) -> tuple[int, int, str | None]:
        """The count after it, the process, and its numeric libraries' threads."""
        self._count += more
        return self._count, os.getpid(), os.environ.get("OMP_NUM_THREADS")

    def setting(self) -> str | None:
        return os.environ.get("FRAMED_MODEL")

    def fail(self) -> None:
        raise ValueError("no such thing")

    def die(self) -> None:
        os._exit(7)


def test_a_child_is_a_process_of_its_own() -> None:
    """It keeps its state between questions, and has the threads that it was given."""
    with Child(Counter, 3, threads=2) as child:
        assert child.ask("add", 1)[0] == 4
        count, process, threads = child.ask("add", 2)
    assert (count, threads) == (6, "2")
    assert process != os.getpid()


def test_a_child_sees_no_settings_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured does not depend on the shell of who measures, which stays as it was."""
    monkeypatch.setenv("FRAMED_MODEL", "another")
    with Child(Counter, 0) as child:
        assert child.ask("setting") is None
    assert os.environ["FRAMED_MODEL"] == "another"


@pytest.mark.parametrize(
    ("start", "question", "reason"),
    [
        pytest.param(-1, "add", "below nothing", id="what it makes"),
        pytest.param(0, "fail", "ValueError: no such thing", id="a method"),
        pytest.param(0, "die", "ended with status 7", id="all of it"),
    ],
)
def test_a_child_that_fails(start: int, question: str, reason: str) -> None:
    """It costs its row and says why; the benchmark goes on."""
    with Child(Counter, start) as child, pytest.raises(NotMeasurableError, match=reason):
        child.ask(question)


def test_share_of_the_ceiling() -> None:
    """Twice the arithmetic in the same time is twice the share; the product itself is all of it."""
    assert share_of_ceiling(GEMM_FLOPS, 80.0, 80.0) == pytest.approx(1)
    assert share_of_ceiling(GEMM_FLOPS / 2, 80.0, 80.0) == pytest.approx(0.5)
    assert share_of_ceiling(GEMM_FLOPS, 160.0, 80.0) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("clients", "server", "wall"),
    [
        pytest.param(2.0, 18.0, 9.0, id="two full cores: what the clients took is taken off"),
        pytest.param(2.0, 12.0, 10.0, id="idle cores: the clients took nothing away"),
        pytest.param(2.0, 17.0, 9.5, id="between: only what was missing"),
        pytest.param(0.0, 20.0, 10.0, id="clients for nothing"),
    ],
)
def test_the_clients_own_cpu_is_not_counted(clients: float, server: float, wall: float) -> None:
    """Ten seconds on two cores, of which the clients used some."""
    assert corrected_wall(10.0, clients, server, 2) == pytest.approx(wall)


def test_percentiles_are_of_nearest_rank() -> None:
    """The least of the answers that so many in a hundred did not exceed, in milliseconds."""
    answers = Answers(seconds=[0.004, 0.001, 0.003, 0.002])
    assert [answers.percentile_ms(p) for p in (50, 75, 99)] == [2, 3, 4]


def test_the_bank_is_as_large_as_it_is_called() -> None:
    """200 labels in 5 templates, none of them twice."""
    prompts = {template.replace("{}", label) for label in LABELS for template in TEMPLATES}
    assert (len(LABELS), len(TEMPLATES), len(prompts)) == (200, 5, 1000)


def measured(tmp_path: Path, *rows: str) -> list[dict[str, Any]]:
    """What `python -m scripts.bench` writes of these rows, for one small photo."""
    folder, out = tmp_path / "photos", tmp_path / "bench.json"
    folder.mkdir()
    shutil.copy(ROOT / "docs" / "samples" / "cat.jpg", folder)
    command = [sys.executable, "-m", "scripts.bench", "--repeat", "1", "--quick", "--only", *rows]
    command += ["--photos", str(folder), "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    records: list[dict[str, Any]] = json.loads(out.read_text())
    return records


def test_real_rows_in_a_process_of_their_own(tmp_path: Path) -> None:
    """The grey metrics have no baseline; a bank on the disk is found without any model."""
    metrics, disk = measured(tmp_path, "metrics/grey", "bank/disk")
    assert (metrics["name"], disk["name"]) == ("metrics/grey", "bank/disk")
    assert metrics["value"] > 0
    assert disk["value"] > 0
    assert metrics["baseline"] is None


def test_a_real_engine_beside_its_ceiling(tmp_path: Path) -> None:
    """The embedded model is measured against torch, and by its arithmetic against the machine's."""
    (mini,) = measured(tmp_path, "image/mini")
    assert mini["ratio"] == pytest.approx(mini["baseline"] / mini["value"])
    assert mini["share"] > 0
