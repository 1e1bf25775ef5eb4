"""Log lines: one JSON object each, whatever was logged."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from framed import log
from framed.telemetry.traceparent import TraceParent, enter_trace, leave_trace
from tests.logs import Written, configure_into, loggers_kept

HOSTILE = 'one\ntwo\r\n{"level": "error"}\u2028three\x1b[31m'


@pytest.fixture
def written() -> Iterator[Written]:
    """Collects what is logged; the loggers are as before afterwards."""
    with loggers_kept():
        yield Written()


def test_a_line_is_one_object(written: Written) -> None:
    """Time, level, logger and message come first, then the fields of the event."""
    configure_into(written, "info", "json")
    log.event(logging.getLogger("framed.x"), logging.INFO, "done", {"rid": "r1", "items": 3})
    (line,) = written.lines()
    assert list(line) == ["time", "level", "logger", "message", "rid", "items"]
    assert (line["level"], line["logger"], line["message"]) == ("info", "framed.x", "done")
    assert (line["rid"], line["items"]) == ("r1", 3)
    assert datetime.fromisoformat(line["time"]).tzinfo is not None


def test_an_exception_stays_in_its_line(written: Written) -> None:
    """A trace is a member of the object, not lines of its own."""
    configure_into(written, "info", "json")
    try:
        raise ValueError("inside")
    except ValueError:
        logging.getLogger("framed.x").exception("failed")
    (line,) = written.lines()
    assert "ValueError: inside" in line["exception"]
    assert "Traceback" in line["exception"]


def test_values_of_any_kind_are_written(written: Written) -> None:
    """A value that JSON does not know is written as its text."""
    configure_into(written, "info", "json")
    fields = {"folder": Path("/a"), "label": "été", "half": "\ud800"}
    log.event(logging.getLogger("framed.x"), logging.INFO, "done", fields)
    (line,) = written.lines()
    assert (line["folder"], line["label"], line["half"]) == ("/a", "été", "\ud800")


def test_a_line_break_makes_no_line(written: Written) -> None:
    """What a caller sends cannot forge a line, be it in the message or in a field."""
    configure_into(written, "info", "json")
    log.event(logging.getLogger("framed.x"), logging.INFO, HOSTILE, {"path": HOSTILE})
    assert len(written.getvalue().splitlines()) == 1
    assert "\x1b" not in written.getvalue()
    assert json.loads(written.getvalue())["path"] == HOSTILE


def test_text_lines_are_for_people_and_as_safe(written: Written) -> None:
    """The plain style shows fields as name=value; a field that holds a line break is quoted."""
    configure_into(written, "info", "text")
    log.event(logging.getLogger("framed.x"), logging.INFO, "done", {"rid": "r1", "path": HOSTILE})
    assert len(written.getvalue().splitlines()) == 1
    assert "framed.x: done rid=r1 path='one\\ntwo" in written.getvalue()
    assert "\x1b" not in written.getvalue()


def test_levels_are_heard(written: Written) -> None:
    """Ours and BentoML's from the level asked for, other libraries from warning on."""
    configure_into(written, "info", "json")
    for name in ("framed.x", "bentoml.x", "elsewhere", "uvicorn.access"):
        logging.getLogger(name).debug("quiet")
        logging.getLogger(name).info("news")
        logging.getLogger(name).warning("trouble")
    heard = [(line["logger"], line["message"]) for line in written.lines()]
    assert heard == [
        ("framed.x", "news"),
        ("framed.x", "trouble"),
        ("bentoml.x", "news"),
        ("bentoml.x", "trouble"),
        ("elsewhere", "trouble"),
        ("uvicorn.access", "trouble"),
    ]


def test_configuring_twice_writes_once(written: Written) -> None:
    """A process that sets its log up again does not double its lines."""
    configure_into(written, "info", "json")
    configure_into(written, "info", "json")
    logging.getLogger("uvicorn.error").warning("once")
    assert len(written.lines()) == 1


def test_who_was_silenced_is_heard_again(written: Written) -> None:
    """BentoML's set-up disables loggers that were made before it; ours are, in forked workers."""
    logging.getLogger("framed.x").disabled = True
    configure_into(written, "info", "json")
    logging.getLogger("framed.x").info("heard")
    assert [line["message"] for line in written.lines()] == ["heard"]


def test_a_line_names_the_trace_of_its_request(written: Written) -> None:
    """Whoever says it, and in both styles; outside of a request there is none."""
    configure_into(written, "info", "json")
    place = TraceParent("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", False)
    token = enter_trace(place)
    logging.getLogger("framed.x").info("within")
    leave_trace(token)
    logging.getLogger("framed.x").info("outside")
    within, outside = written.lines()
    assert within["trace_id"] == place.trace_id
    assert "trace_id" not in outside
    with loggers_kept():
        text = Written()
        configure_into(text, "info", "text")
        token = enter_trace(place)
        logging.getLogger("framed.x").info("within")
        leave_trace(token)
        assert text.getvalue().rstrip().endswith(f"trace_id={place.trace_id}")
