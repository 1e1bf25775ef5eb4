"""Which servers are measured, and what becomes of one that cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from scripts.benchmarks.row import NotMeasurableError
from scripts.peers import __main__ as command
from scripts.peers.peer import Peer
from tests.scripts.peers.made import figures, peer


def test_only_those_that_have_a_place_here() -> None:
    """bf16 is not asked of a CPU that must work it out number by number."""
    all_names = {it.name for it in command.chosen([], bf16=True)}
    assert all_names - {it.name for it in command.chosen([], bf16=False)} == {"litserve-bf16"}
    assert [it.name for it in command.chosen(["bento"], bf16=True)] == ["bento"]


class Life:
    """Of a server that is as `figures` says."""

    server = type("Server", (), {"seconds": 2.0})

    def speed(self) -> Any:
        """Always the same."""
        return figures().speed

    def once(self) -> Any:
        """Always the same."""
        return figures().once


def test_one_that_fails_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They go in turn; whoever does not start is said with why, and not started again."""
    started: list[str] = []

    @contextmanager
    def living(it: Peer, *_: object) -> Iterator[Life]:
        started.append(it.name)
        if it.name == "broken":
            raise NotMeasurableError("it does not start")
        yield Life()

    monkeypatch.setattr(command, "living", living)
    monkeypatch.setattr(command, "environment", lambda it, folder: folder)
    shared: Any = type("Conditions", (), {"checkpoint": None})
    run = command.Run([peer("one"), peer("broken"), peer("two")], tmp_path, shared)
    found = run.rounds(2)
    assert started == ["one", "broken", "two", "one", "two"]
    assert list(found) == ["one", "two"]
    assert "broken left out: it does not start" in capsys.readouterr().err
