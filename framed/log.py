"""One JSON object a line: requests, errors, and what the libraries say."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from framed.telemetry.traceparent import current_trace

_FIELDS = "framed_fields"
_WITH_HANDLERS = ("bentoml", "uvicorn", "uvicorn.error", "uvicorn.access")
_WANTED = ("framed", "bentoml")  # at the level asked for; every other library from warning on
_SILENT = "uvicorn.access"  # the request line of `framed.request` says more


class JsonLine(logging.Formatter):
    """Writes a record as one JSON object: time, level, logger, message, then its own fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, _FIELDS, {}),
            **_trace_fields(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


class TextLine(logging.Formatter):
    """The same record for a person at a terminal."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        fields = {**getattr(record, _FIELDS, {}), **_trace_fields()}
        tail = " ".join(f"{name}={_on_one_line(value)}" for name, value in fields.items())
        return f"{super().format(record)} {tail}".rstrip()


def _trace_fields() -> dict[str, str]:
    """The trace of the request on whose behalf this is said, where it has one."""
    place = current_trace()
    return {} if place is None else {"trace_id": place.trace_id}


def _on_one_line(value: Any) -> str:
    text = str(value)
    return text if text.isprintable() else repr(text)  # a path may hold a line break


def configure(level: str, style: Literal["json", "text"]) -> None:
    """Send every logger of this process through one handler on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLine() if style == "json" else TextLine())
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for known in logging.Logger.manager.loggerDict.values():
        if isinstance(known, logging.Logger):
            known.disabled = False  # BentoML's set-up silences whoever was there before it
    for name in _WITH_HANDLERS:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    for name in _WANTED:
        logging.getLogger(name).setLevel(level.upper())
    logging.getLogger(_SILENT).setLevel(logging.WARNING)


def event(
    logger: logging.Logger, level: int, message: str, fields: Mapping[str, Any], **kwargs: Any
) -> None:
    """Log `message` with `fields` as members of the JSON line."""
    logger.log(level, message, extra={_FIELDS: dict(fields)}, **kwargs)
