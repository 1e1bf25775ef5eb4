"""What the system calls a worker."""

from __future__ import annotations

import subprocess
import sys

import pytest

READ = """
from pathlib import Path
from framed.framework.naming import name_process
name_process({name!r})
print(Path("/proc/self/comm").read_text().strip())
print(*Path("/proc/self/cmdline").read_bytes().rstrip(b"\\0").decode().split(chr(0)), sep="|")
"""


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
