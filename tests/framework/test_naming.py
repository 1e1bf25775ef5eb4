"""What the system calls a worker."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

READ = """
from pathlib import Path
from framed.framework.naming import name_process
name_process({name!r})
print(Path("/proc/self/comm").read_text().strip())
print(*Path("/proc/self/cmdline").read_bytes().rstrip(b"\\0").decode().split(chr(0)), sep="|")
"""


SHORT = 34  # bytes of arguments: those of `.venv/bin/python -m scripts.serve`


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process keeps its name")
def test_there_is_room_below_a_short_command(tmp_path: Path) -> None:
    """The runner of the longest name is found below `make run`, too."""
    program = tmp_path / "p"
    program.write_text(READ.format(name="TechnicalRunner"))
    python = tmp_path / "y"
    python.symlink_to(sys.executable)
    words = ["./y", "-I", "./p"]
    words.append("x" * (SHORT - 1 - sum(len(word) + 1 for word in words)))
    source = f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
    program.write_text(source + program.read_text())
    said = subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert said.stdout.splitlines()[1].startswith("f|--service-name|TechnicalRunner")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process keeps its name")
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ClipRunner", ["ClipRunner", "framed|--service-name|ClipRunner"]),
        ("TechnicalRunnerOfALongName", ["TechnicalRunner", "framed|--service-name"]),
    ],
)
def test_a_worker_is_found_by_its_service(name: str, shown: list[str]) -> None:
    """Its name and its arguments are those of its service; a long name is cut where it must be."""
    said = subprocess.run(
        [sys.executable, "-c", READ.format(name=name)], capture_output=True, text=True, check=True
    )
    comm, arguments = said.stdout.splitlines()
    assert comm == shown[0]
    assert arguments.startswith(shown[1])
