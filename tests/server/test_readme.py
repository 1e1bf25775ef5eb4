"""What the README tells a newcomer to run, run as it stands against the real server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runners.clip.banks.source import read_bank

REPO = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS = "http://127.0.0.1:3000"


def blocks(language: str) -> list[str]:
    """The README's code blocks of one language."""
    found = BLOCK.findall((REPO / "README.md").read_text(encoding="utf-8"))
    return [code for tag, code in found if tag == language]


def run(command: list[str], code: str) -> str:
    """The output of a program that must succeed, run in the repository's root."""
    done = subprocess.run(
        [*command, code], cwd=REPO, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "command", [line for block in blocks("bash") for line in block.splitlines() if line]
)
def test_each_curl_is_answered(server, command):
    """No curl of the README is refused, and each prints JSON."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not on this machine")
    output = run(
        ["bash", "-c"],
        command.replace("curl ", "curl -sS --fail-with-body ").replace(ADDRESS, server.url),
    )
    for line in output.splitlines():
        assert "error" not in (json.loads(line) if line.startswith("{") else {})


@pytest.mark.parametrize("code", blocks("python"))
def test_each_python_snippet_runs(server, code, monkeypatch, tmp_path):
    """The Python clients, and the service in the snippet's own process, print an answer."""
    monkeypatch.setenv("FRAMED_CACHE_DIR", str(tmp_path))
    assert run([sys.executable, "-c"], code.replace(ADDRESS, server.url)).strip()


@pytest.mark.parametrize("code", blocks("javascript"))
def test_the_javascript_snippet_runs(server, code):
    """Node prints the labels."""
    if shutil.which("node") is None:
        pytest.skip("node is not on this machine")
    output = run(["node", "--input-type=module", "-e"], code.replace(ADDRESS, server.url))
    assert "label" in output


def test_the_answer_shown_first_is_a_real_one(client, sample):
    """The example at the top of the README is what the server answers for that photo."""
    shown = re.search(r"^\{.*?\}$", blocks("text")[0], re.MULTILINE | re.DOTALL)
    assert shown is not None
    example = json.loads(shown.group())
    with open(REPO / "docs" / "samples" / "cat.jpg", "rb") as photo:
        answer = client.post("/classify", files={"file": photo}, params={"top_k": 2}).json()
    assert list(answer) == list(example)
    for ours, theirs in zip(answer["results"], example["results"], strict=True):
        assert ours["label"] == theirs["label"]
        assert ours["score"] == pytest.approx(theirs["score"], abs=2e-3)


def test_the_refusal_shown_is_of_the_one_shape():
    """The error example has the members that every refusal has."""
    (example,) = (each for each in map(json.loads, blocks("json")) if "error" in each)
    assert set(example["error"]) == {"code", "message", "request_id"}


def test_the_bank_shown_can_be_read(tmp_path):
    """What the README says of labels and groups is in it, and is taken."""
    (shown,) = (block for block in blocks("json") if "labels" in json.loads(block))
    (tmp_path / "labels.json").write_text(shown)
    (tmp_path / "templates.json").write_text('["{}"]')
    structure = read_bank("default", tmp_path).structure
    assert {"outdoor", "beagle"} == set(structure.facts)
    assert list(structure.groups) == ["subject", "place"]
