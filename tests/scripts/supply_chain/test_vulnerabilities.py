"""What pip-audit says, and what it does not say."""

from __future__ import annotations

import subprocess

import pytest

from scripts.supply_chain.vulnerabilities import ask, read

FLAW = {"id": "CVE-1", "fix_versions": ["1.1", "2.0"]}


def test_flaws_and_silence_are_kept_apart():
    """A package that the service does not know is not one without flaws."""
    said = {
        "dependencies": [
            {"name": "a", "version": "1.0", "vulns": [FLAW, {"id": "CVE-2", "fix_versions": []}]},
            {"name": "b", "version": "1.0", "vulns": []},
            {"name": "c", "skip_reason": "not found"},
        ]
    }
    known = read(said)
    assert known.found == (
        "a 1.0: CVE-1, mended in 1.1, 2.0",
        "a 1.0: CVE-2, mended in no version yet",
    )
    assert known.unasked == ("c",)
    assert known.why == "not found"


def test_no_network_is_said(monkeypatch, tmp_path):
    """In pip-audit's own last words, and as nothing known of any package."""

    def fails(command, **_):
        return subprocess.CompletedProcess(command, 1, "", "trace\nConnection refused\n")

    monkeypatch.setattr(subprocess, "run", fails)
    known = ask(tmp_path, [])
    assert (known.found, known.unasked, known.why) == ((), ("all",), "Connection refused")


def test_a_service_that_hangs_is_said(monkeypatch, tmp_path):
    """It is given up after a while."""

    def hangs(command, timeout, **_):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", hangs)
    assert "did not answer" in ask(tmp_path, []).why


@pytest.mark.parametrize("ids", [[], ["CVE-9"]])
def test_accepted_ids_are_passed_on(monkeypatch, tmp_path, ids):
    """And nothing else is left out."""
    commands = []

    def notes(command, **_):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0, '{"dependencies": []}', "")

    monkeypatch.setattr(subprocess, "run", notes)
    assert ask(tmp_path, ids).unasked == ()
    assert commands[0].count("--ignore-vuln") == len(ids)
    assert set(ids) <= set(commands[0])
