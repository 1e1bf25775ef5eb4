"""What `/docs` says of a refusal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from framed.errors import STATUS, Code

_TEXT = {"type": "string"}
CODES: dict[str, Any] = {"type": "string", "enum": [code.value for code in Code]}
ERROR: dict[str, Any] = {
    "type": "object",
    "properties": {
        "code": CODES,
        "message": {**_TEXT, "description": "A sentence that says what to do."},
        "request_id": {**_TEXT, "description": "Also in the header `X-Request-ID`, and the log."},
        "details": {"type": "object", "description": "What is at fault, as data."},
    },
    "required": ["code", "message", "request_id"],
}
ITEM_ERROR: dict[str, Any] = {
    **ERROR,
    "properties": {name: of for name, of in ERROR["properties"].items() if name != "request_id"},
    "required": ["code", "message"],
}
REFUSAL: dict[str, Any] = {
    "type": "object",
    "properties": {"error": ERROR},
    "required": ["error"],
    "additionalProperties": False,
}


def codes_of(status: int) -> Iterable[str]:
    """The words of `error.code` that come with `status`."""
    return (code.value for code in Code if STATUS[code] == status)
