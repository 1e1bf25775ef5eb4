"""Traces are sent where it is asked for, and are never in the way."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from framed.telemetry import spans
from framed.telemetry.sender import PatientSender
from framed.telemetry.tracing import start_tracing, traces_url
from tests.fakes import chosen
from tests.server.running import REPO, free_port

EXPORTER = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
ENDS = 20.0  # seconds; of its own the library would wait for a minute
LOSE = """
import logging, sys
from framed.log import configure
from framed.settings import Settings
from framed.telemetry import spans
from framed.telemetry.tracing import start_tracing
configure("info", "text")
assert start_tracing(Settings(traces=sys.argv[1]), "front")
for _ in range(5000):
    spans.begin_request("GET /", {}).end()
"""


class Refusing(SpanExporter):
    """A collector that does not take anything, and says so or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked = 0
        self._error = error

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.asked += 1
        if self._error is not None:
            raise self._error
        return SpanExportResult.FAILURE


@pytest.fixture(autouse=True)
def _off_again() -> Iterator[None]:
    yield
    spans.turn_on(None)


def test_nobody_is_traced_unasked() -> None:
    """The exporter is not even looked for."""
    assert start_tracing(chosen(), "front") is False
    assert spans.begin_request("GET /", {}) is None


def test_an_absent_package_is_one_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It names the extra that would bring it, and the service runs."""
    monkeypatch.setitem(sys.modules, EXPORTER, None)
    with caplog.at_level(logging.WARNING, "framed.telemetry"):
        assert start_tracing(chosen(traces="http://127.0.0.1:9"), "front") is False
    (line,) = caplog.records
    assert "the extra `tracing`" in line.getMessage()


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("http://collector:4318", "http://collector:4318/v1/traces"),
        ("http://collector:4318/", "http://collector:4318/v1/traces"),
        ("https://collector/of/ours", "https://collector/of/ours"),
    ],
)
def test_the_path_may_be_left_out(address: str, url: str) -> None:
    """It is then OTLP's own."""
    assert traces_url(address) == url


@pytest.mark.parametrize("error", [None, OSError("no way")])
def test_a_collector_that_does_not_answer_is_a_warning_a_minute(
    error: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    """However often it is tried; what was lost is counted."""
    sender = PatientSender(Refusing(error))
    with caplog.at_level(logging.WARNING, "framed.telemetry"):
        for _ in range(50):
            assert sender.export([]) is SpanExportResult.FAILURE
    assert len(caplog.records) == 1


def test_a_process_that_ends_does_not_try_for_long() -> None:
    """What is not sent by then is dropped without a word to the collector."""
    exporter = Refusing()
    sender = PatientSender(exporter)
    sender.leave(seconds=0.0)
    time.sleep(0.01)
    assert sender.export([]) is SpanExportResult.FAILURE
    assert exporter.asked == 0


def test_a_process_ends_though_its_collector_is_gone() -> None:
    """More spans than are kept, nobody to take them: soon over, and one line about it."""
    address = f"http://127.0.0.1:{free_port()}"
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", LOSE, address],
        cwd=REPO,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - start < ENDS
    said = [line for line in done.stderr.splitlines() if "traces of" not in line]
    assert len(said) == 1, done.stderr
    assert "not taken by the collector" in said[0]
