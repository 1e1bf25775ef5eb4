"""Log lines of a test, and the loggers as they were before it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from typing import Any, Literal

from framed import log

Style = Literal["json", "text"]

NAMES = ("", "framed", "bentoml", "uvicorn", "uvicorn.error", "uvicorn.access")


@contextmanager
def loggers_kept() -> Iterator[None]:
    """Whatever the block does to the loggers that `framed.log` sets up is undone."""
    loggers = [logging.getLogger(name) for name in NAMES]
    before = [(each.handlers[:], each.level, each.propagate) for each in loggers]
    try:
        yield
    finally:
        for each, (handlers, level, propagate) in zip(loggers, before, strict=True):
            each.handlers[:] = handlers
            each.setLevel(level)
            each.propagate = propagate


class Written(StringIO):
    """What was logged, in place of standard error; each line must be JSON."""

    def lines(self) -> list[dict[str, Any]]:
        """Every line since the start of the test."""
        return [json.loads(line) for line in self.getvalue().splitlines()]


def configure_into(written: Written, level: str = "info", style: Style = "json") -> None:
    """Set the log up as a process does whose standard error is `written`."""
    with redirect_stderr(written):
        log.configure(level, style)
