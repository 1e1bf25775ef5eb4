"""Prompts' vectors on disk: bit for bit, bounded, shared, and never in the way."""

from __future__ import annotations

import logging
import multiprocessing
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from runners.clip.words.prompt_cache import PromptCache

DIM = 24
ROOT = Path(__file__).parents[3]
ODD = ("", "a\x00b", "\ud800", "\udfffx", "\ud83d\ude00", "\U0001f600", "' OR 1=1 --", "a" * 5000)

Vectors = dict[str, npt.NDArray[np.float32]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "prompts" / "model.sqlite"


def units(*prompts: str, dim: int = DIM, seed: int = 0) -> Vectors:
    rows = np.random.default_rng(seed).standard_normal((len(prompts), dim))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return dict(zip(prompts, rows.astype(np.float32), strict=True))


def numbered(count: int, kind: str = "prompt") -> tuple[str, ...]:
    return tuple(f"{kind} {number}" for number in range(count))


def assert_same(found: Vectors, expected: Vectors) -> None:
    assert found.keys() == expected.keys()
    for prompt, vector in expected.items():
        assert found[prompt].dtype == np.float32
        assert found[prompt].tobytes() == vector.tobytes()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.levelno >= logging.WARNING]


def test_vectors_come_back_bit_for_bit(file: Path) -> None:
    """In the same process and after a restart; what was never put is simply not there."""
    vectors = units(*numbered(1200))
    cache = PromptCache(file, DIM)
    assert cache.get_many(vectors) == {}
    cache.put_many(vectors)
    assert_same(cache.get_many([*vectors, "unknown"]), vectors)
    cache.close()
    assert_same(PromptCache(file, DIM).get_many(vectors), vectors)


def test_any_text_is_a_key(file: Path) -> None:
    """Half surrogate pairs, NUL, quotes and long texts are prompts like others, all different."""
    vectors = units(*ODD)
    cache = PromptCache(file, DIM)
    cache.put_many(vectors)
    assert_same(cache.get_many(ODD), vectors)


def test_prompts_are_not_written_out(file: Path) -> None:
    """What callers ask is not left lying about in clear."""
    PromptCache(file, DIM).put_many(units("a secret wish"))
    assert b"secret" not in file.read_bytes()


def test_a_new_vector_replaces_the_old(file: Path) -> None:
    """The last one put counts."""
    cache = PromptCache(file, DIM)
    cache.put_many(units("a", seed=1))
    cache.put_many(units("a", seed=2))
    assert_same(cache.get_many(["a"]), units("a", seed=2))


def test_nothing_in_nothing_out(file: Path) -> None:
    """Empty calls do not even make a file."""
    cache = PromptCache(file, DIM)
    cache.put_many({})
    assert cache.get_many([]) == {}
    assert not file.exists()


def test_the_oldest_go(file: Path) -> None:
    """Beyond the limit those written longest ago are forgotten; writing again makes young."""
    cache = PromptCache(file, DIM, most=3)
    for prompt in ("a", "b", "c", "a", "d"):
        cache.put_many(units(prompt))
    assert set(cache.get_many("abcd")) == {"c", "a", "d"}
    cache.put_many(units(*numbered(10)))
    assert set(cache.get_many([*"abcd", *numbered(10)])) == set(numbered(10)[-3:])


def test_what_is_no_unit_vector_is_not_kept(file: Path) -> None:
    """NaN and lengths other than 1 are left out; another number of dimensions is a mistake."""
    cache = PromptCache(file, DIM)
    good = units("good")
    bad = {"nan": np.full(DIM, np.nan, np.float32), "long": 2 * good["good"]}
    cache.put_many({**good, **bad})
    assert_same(cache.get_many(["good", *bad]), good)
    with pytest.raises(ValueError, match="24 dimensions"):
        cache.put_many(units("a", dim=DIM + 1))


def garbage(file: Path) -> None:
    file.write_bytes(b"this was never a database" * 300)


def cut(file: Path) -> None:
    PromptCache(file, DIM).put_many(units(*numbered(400)))
    os.truncate(file, file.stat().st_size // 2 + 77)


def overwritten(file: Path) -> None:
    PromptCache(file, DIM).put_many(units(*numbered(400)))
    size = file.stat().st_size
    with file.open("r+b") as stream:
        stream.seek(100)
        stream.write(os.urandom(size - 100))


def of_others(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE customers (name TEXT)")
        connection.commit()


def of_another_length(file: Path) -> None:
    PromptCache(file, DIM * 2).put_many(units("a", dim=DIM * 2))


def without_table(file: Path) -> None:
    PromptCache(file, DIM).put_many(units("a"))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DROP TABLE vectors")
        connection.commit()


@pytest.mark.parametrize(
    "spoil", [garbage, cut, overwritten, of_others, of_another_length, without_table]
)
@pytest.mark.parametrize("first", ["get", "put"])
def test_an_unusable_file_is_set_aside(
    file: Path, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], None], first: str
) -> None:
    """It is kept under another name, told of once, and a new one serves at once."""
    file.parent.mkdir()
    spoil(file)
    cache, vectors = PromptCache(file, DIM), units(*numbered(300, "new"))
    if first == "get":
        cache.get_many([*vectors, *numbered(400)])
    cache.put_many(vectors)
    assert_same(cache.get_many(vectors), vectors)
    assert_same(PromptCache(file, DIM).get_many(vectors), vectors)
    assert len(warnings(caplog)) == 1
    assert file.with_name(f"{file.name}.damaged").exists()


def test_a_changed_byte_is_noticed(file: Path) -> None:
    """A vector that is not what was written, or belongs to another prompt, counts as absent."""
    cache = PromptCache(file, DIM)
    cache.put_many(units("a", "b", "c"))
    cache.close()
    with closing(sqlite3.connect(file)) as connection:
        (one,), (two,), _ = connection.execute("SELECT vector FROM vectors ORDER BY id")
        flipped = bytes([one[0] ^ 1]) + one[1:]
        connection.execute("UPDATE vectors SET vector = ? WHERE id = 1", (flipped,))
        connection.execute("UPDATE vectors SET vector = ? WHERE id = 3", (two,))
        connection.commit()
    assert_same(cache.get_many("abc"), {"b": units("a", "b", "c")["b"]})


def test_a_file_that_was_removed_is_made_anew(file: Path) -> None:
    """Emptying the cache's folder while a server runs costs the vectors, not the cache."""
    cache = PromptCache(file, DIM)
    cache.put_many(units("a"))
    file.unlink()
    assert cache.get_many(["a"]) == {}
    cache.put_many(units("b"))
    assert_same(PromptCache(file, DIM).get_many("ab"), units("b"))


@pytest.fixture
def locked(file: Path) -> Iterator[sqlite3.Connection]:
    PromptCache(file, DIM).put_many(units("a"))
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield connection


def test_a_locked_file_is_left_alone(
    file: Path, locked: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """Who holds it too long is not waited for again and again; it is not taken for damaged."""
    cache = PromptCache(file, DIM, patience=0.01, pause=3600)
    assert cache.get_many(["a"]) == {}
    cache.put_many(units("b"))
    assert len(warnings(caplog)) == 1
    assert "locked" in warnings(caplog)[0]
    locked.execute("ROLLBACK")
    assert cache.get_many(["a"]) == {}  # the pause
    assert_same(PromptCache(file, DIM).get_many("ab"), units("a"))


def test_a_lock_that_ends_is_forgotten(file: Path, locked: sqlite3.Connection) -> None:
    """After the pause the cache serves again."""
    cache = PromptCache(file, DIM, patience=0.01, pause=0)
    assert cache.get_many(["a"]) == {}
    locked.execute("ROLLBACK")
    assert_same(cache.get_many(["a"]), units("a"))


@pytest.mark.parametrize("blocked", ["the file is a folder", "the folder is a file"])
def test_where_no_file_can_be_there_is_none(
    file: Path, caplog: pytest.LogCaptureFixture, blocked: str
) -> None:
    """The caller notices nothing; the log says it once."""
    if blocked == "the file is a folder":
        file.mkdir(parents=True)
    else:
        file.parent.write_text("")
    cache = PromptCache(file, DIM)
    for _ in range(3):
        cache.put_many(units("a"))
        assert cache.get_many(["a"]) == {}
    assert len(set(warnings(caplog))) == len(warnings(caplog)) <= 2


READ_ONLY = """
import os, sys
import numpy as np
from pathlib import Path
from runners.clip.words.prompt_cache import PromptCache
if os.getuid() == 0:
    os.setuid(65534)  # root may write anywhere
cache = PromptCache(Path(sys.argv[1]), 4)
for _ in range(2):
    cache.put_many({"new": np.array([0, 1, 0, 0], np.float32)})
    assert cache.get_many(["old", "new"])["old"].tolist() == [1, 0, 0, 0]
"""


def test_a_file_that_cannot_be_written_is_read() -> None:
    """A cache that was baked into a read-only place serves; one warning says that it is fixed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "model.sqlite"
        cache = PromptCache(file, 4)
        cache.put_many({"old": np.array([1, 0, 0, 0], np.float32)})
        cache.close()
        file.chmod(0o444)
        folder.chmod(0o555)
        run = subprocess.run(
            [sys.executable, "-c", READ_ONLY, str(file)], cwd=ROOT, capture_output=True, text=True
        )
        folder.chmod(0o755)
    assert run.returncode == 0, run.stderr
    assert run.stderr.count("cannot be written") == 1


FULL = """
import logging, resource, signal, sys
import numpy as np
from pathlib import Path
from runners.clip.words.prompt_cache import PromptCache
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
cache = PromptCache(Path(sys.argv[1]), 512)
one = np.zeros(512, np.float32); one[0] = 1
cache.put_many({"old": one})
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
for turn in range(3):
    cache.put_many({f"{turn} {n}": one for n in range(300)})
    assert list(cache.get_many(["old", "0 5", "2 5"])) == ["old"]
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of a file's size to run into")
def test_a_full_disk_costs_the_new_ones_only(file: Path) -> None:
    """What fits no more is not kept, nor half of it; what was there is read on."""
    run = subprocess.run(
        [sys.executable, "-c", FULL, str(file)], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr.count("cannot be written") == 1
    assert set(PromptCache(file, 512).get_many(["old", "0 5"])) == {"old"}


def test_threads_share_one_cache(file: Path) -> None:
    """Eight threads that put and get through one object lose nothing and mix up nothing."""
    cache = PromptCache(file, DIM)

    def work(thread: int) -> None:
        for turn in range(12):
            mine = units(*numbered(20, f"{thread}.{turn}"), seed=thread * 100 + turn)
            cache.put_many(mine)
            assert_same(cache.get_many(mine), mine)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    every = [prompt for t in range(8) for n in range(12) for prompt in numbered(20, f"{t}.{n}")]
    assert len(cache.get_many(every)) == len(every)


def put_in_turns(file: Path, process: int) -> None:
    cache = PromptCache(file, DIM, patience=60)
    for turn in range(25):
        cache.put_many(units(*numbered(10, f"{process}.{turn}"), seed=process * 100 + turn))
        cache.get_many(numbered(10, f"{1 - process}.{turn}"))


def test_processes_share_one_file(file: Path) -> None:
    """Two that start at once, make the file and write in turns: all is there afterwards."""
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=put_in_turns, args=(file, number)) for number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0]
    cache = PromptCache(file, DIM)
    for process in range(2):
        for turn in range(25):
            expected = units(*numbered(10, f"{process}.{turn}"), seed=process * 100 + turn)
            assert_same(cache.get_many(expected), expected)


def test_a_process_that_is_killed_leaves_a_good_file(file: Path) -> None:
    """Whatever was committed before is there; nothing is half there."""
    program = (
        "import os, sys; from pathlib import Path; "
        "from tests.clip.words.test_prompt_cache import *; "
        "c = PromptCache(Path(sys.argv[1]), DIM); c.put_many(units(*numbered(50))); "
        "d = c._open(); d.execute('PRAGMA cache_size = 1'); d.execute('BEGIN IMMEDIATE'); "
        "d.execute('DELETE FROM vectors'); os.kill(os.getpid(), 9)"
    )
    run = subprocess.run([sys.executable, "-c", program, str(file)], cwd=ROOT)
    assert run.returncode != 0
    assert_same(PromptCache(file, DIM).get_many(numbered(50)), units(*numbered(50)))


def test_a_fifo_in_its_place_is_not_waited_for(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever lies there that is no file costs a warning, and prompts are encoded anew."""
    file.parent.mkdir()
    os.mkfifo(file)
    cache = PromptCache(file, DIM)
    cache.put_many(units("a"))
    assert cache.get_many(["a"]) == {}
    assert "is not a regular file" in " ".join(warnings(caplog))
