"""The server keeps to its own documentation, as schemathesis generates requests from it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.running import RunningServer

SEED = 21
PROGRAM = "from schemathesis.cli import schemathesis; schemathesis()"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)
TAIL = 5000  # characters of what it says that a failure shows


def _keeps_to_it(server: RunningServer, folder: Path, *, examples: int, seconds: int) -> None:
    """No 5xx, and every answer as documented, over at most so many examples an operation."""
    said = subprocess.run(
        [
            *(sys.executable, "-c", PROGRAM, "run", f"{server.url}/openapi.json"),
            *("--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing"),
            *("--seed", str(SEED), "--max-examples", str(examples), "--max-time", str(seconds)),
            *("--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off"),
            *("--no-color", "--request-timeout", "30"),
        ],
        cwd=folder,  # it leaves folders of its own
        env={**os.environ, "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=seconds + 120,
        check=False,
    )
    assert said.returncode == 0, said.stdout[-TAIL:] + said.stderr[-TAIL:]
    assert "Test cases:" in said.stdout


def test_every_answer_is_as_documented(server: RunningServer, tmp_path: Path) -> None:
    """Status, content type, headers and body, for good requests and for bad ones."""
    _keeps_to_it(server, tmp_path, examples=2, seconds=15)


@pytest.mark.soak
def test_every_answer_is_as_documented_at_length(server: RunningServer, tmp_path: Path) -> None:
    """The same over many more."""
    _keeps_to_it(server, tmp_path, examples=150, seconds=600)
