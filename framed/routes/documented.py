"""What `/docs` says of every route, said in one place: how it refuses, and the headers it sends.

The statuses are those of the error codes, so that a new code is documented where it is declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI

from framed.errors import STATUS
from framed.routes.limits import SMALL, Limits
from framed.wires.analyze import analyze_error
from framed.wires.errors import ErrorBody, error_body
from framed.wires.errors_described import REFUSAL, codes_of
from framed.wires.foreign_described import NOT_ANALYZED, NOT_LABELLED
from framed.wires.photoprism import vision_error

_OF_OTHER_METHODS = 405  # what an operation never answers, as it is one of a method it has
_OF_NAMES = 404  # of a bank or a model: the route itself is there
_WAITING = (429, 503)
_KEYLESS = 401
_NOT_OF_PROBES = {404, 504}  # they name nothing, and are answered at once
_NOT_OF_OPEN = {401, 429}
_SHAPES: Mapping[ErrorBody, tuple[str, dict[str, Any]]] = {
    error_body: ("Refusal", REFUSAL),
    analyze_error: ("AnalyzeRefusal", NOT_ANALYZED),
    vision_error: ("VisionRefusal", NOT_LABELLED),
}
_REQUEST_ID = {
    "X-Request-ID": {
        "description": "The one that was sent, or a new one; it finds the request in the log.",
        "required": True,
        "schema": {"type": "string"},
    }
}
_RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds to wait before the next try.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
    }
}
_AUTHENTICATE = {
    "WWW-Authenticate": {
        "description": "Send a key as `Authorization: Bearer KEY`, or as `X-API-Key: KEY`.",
        "required": True,
        "schema": {"type": "string", "const": "Bearer"},
    }
}
_KEYS = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
_ANY_KEY: list[dict[str, list[str]]] = [{}, {"bearer": []}, {"key": []}]  # or none, if none are set


def document(app: FastAPI, limits: Mapping[str, Limits]) -> None:
    """Let `app` say of each operation every status it can answer with; `limits` go by path."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        return app.openapi_schema or _completed(plain(), limits)

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _completed(schema: dict[str, Any], limits: Mapping[str, Limits]) -> dict[str, Any]:
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            _complete(operation, limits.get(path, SMALL))
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    schemas |= dict(_SHAPES.values())
    schema["components"]["securitySchemes"] = _KEYS
    return schema


def _complete(operation: dict[str, Any], limits: Limits) -> None:
    responses = operation["responses"]
    responses.pop("422", None)  # FastAPI's word for what is 400 here
    if not limits.is_open:
        operation["security"] = _ANY_KEY
    for answer in responses.values():
        answer["headers"] = _REQUEST_ID | answer.get("headers", {})
    for status in _statuses(operation, limits):
        responses.setdefault(str(status), _refusal(status, limits.errors))


def _statuses(operation: Mapping[str, Any], limits: Limits) -> Iterable[int]:
    possible = set(STATUS.values()) - {_OF_OTHER_METHODS}
    possible -= _NOT_OF_OPEN if limits.is_open else set()
    if limits.is_probe:
        return sorted(possible - _NOT_OF_PROBES)
    takes_names = "parameters" in operation or "requestBody" in operation
    return sorted(possible if takes_names else possible - {_OF_NAMES})


def _refusal(status: int, shape: ErrorBody) -> dict[str, Any]:
    name, _ = _SHAPES[shape]
    codes = ", ".join(f"`{code}`" for code in codes_of(status))
    return {
        "description": f"Refused: {codes}.",
        "headers": _REQUEST_ID
        | (_RETRY_AFTER if status in _WAITING else {})
        | (_AUTHENTICATE if status == _KEYLESS else {}),
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
    }
