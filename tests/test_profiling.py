"""Profiling: only where it is asked for, and never in the way."""

from __future__ import annotations

import importlib.util
import logging
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from framed import __version__
from framed.profiling import PACKAGE, start_profiling
from tests.fakes import chosen

ON = chosen(profiling=True, profiling_url="http://127.0.0.1:9", environment="test")


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the profiler was asked to do, of a package that does nothing."""
    calls: list[dict[str, Any]] = []
    fake = SimpleNamespace(configure=lambda **asked: calls.append(asked))
    monkeypatch.setitem(sys.modules, PACKAGE, fake)
    return calls


def test_nobody_is_profiled_unasked(configured: list[dict[str, Any]]) -> None:
    """The package is not even looked for."""
    assert start_profiling(chosen(), "front") is False
    assert configured == []


def test_a_process_is_profiled_under_its_name(configured: list[dict[str, Any]]) -> None:
    """Server, environment, version and process are told."""
    assert start_profiling(ON, "clip") is True
    (asked,) = configured
    assert asked == {
        "application_name": "framed",
        "server_address": "http://127.0.0.1:9",
        "tags": {"process": "clip", "environment": "test", "version": __version__},
    }


def test_an_absent_package_is_one_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It names the extra that would bring it."""
    monkeypatch.setitem(sys.modules, PACKAGE, None)
    with caplog.at_level(logging.WARNING, "framed.profiling"):
        assert start_profiling(ON, "front") is False
    (line,) = caplog.records
    assert "the extra `profiling`" in line.getMessage()


@pytest.mark.skipif(importlib.util.find_spec(PACKAGE) is not None, reason="the package is here")
def test_a_package_that_is_really_absent(caplog: pytest.LogCaptureFixture) -> None:
    """The same without any trick."""
    with caplog.at_level(logging.WARNING, "framed.profiling"):
        assert start_profiling(ON, "front") is False
    assert len(caplog.records) == 1


@pytest.mark.parametrize("trouble", [RuntimeError("no agent"), OSError("x"), TypeError("y")])
def test_a_profiler_that_fails_is_one_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, trouble: Exception
) -> None:
    """Whatever it raises, the service goes on."""

    def fail(**asked: Any) -> None:
        raise trouble

    monkeypatch.setitem(sys.modules, PACKAGE, SimpleNamespace(configure=fail))
    with caplog.at_level(logging.WARNING, "framed.profiling"):
        assert start_profiling(ON, "front") is False
    (line,) = caplog.records
    assert str(trouble) in line.getMessage()
