"""What `/docs` shows of a route that reads its own request, from the same parameter models."""

from __future__ import annotations

from typing import Any

from framed.wires.parameters import Parameters

BINARY = {"type": "string", "format": "binary"}
FIELDS_OF_ERROR = {
    "code": {"type": "string"},
    "message": {"type": "string"},
    "request_id": {"type": "string"},
    "details": {"type": "object"},
}
REFUSAL = {
    "description": "Refused; the code says why.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {"error": {"type": "object", "properties": FIELDS_OF_ERROR}},
            }
        }
    },
}


def query_parameters(kind: type[Parameters]) -> list[dict[str, Any]]:
    """Each parameter of `kind` as an OpenAPI query parameter."""
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": schema.pop("description", ""),
            "schema": schema,
        }
        for name, schema in _properties(kind).items()
    ]


def request_body(**contents: dict[str, Any]) -> dict[str, Any]:
    """A request body: media type (`_` for `/`, `__` for `-`) -> schema."""
    return {
        "required": True,
        "content": {
            media.replace("__", "-").replace("_", "/", 1): {"schema": schema}
            for media, schema in contents.items()
        },
    }


def form_of(kind: type[Parameters], **files: dict[str, Any]) -> dict[str, Any]:
    """The schema of a form or JSON object with `kind`'s fields and `files` beside them."""
    return {"type": "object", "properties": {**files, **_properties(kind)}, "required": [*files]}


def _properties(kind: type[Parameters]) -> dict[str, dict[str, Any]]:
    properties: dict[str, dict[str, Any]] = kind.model_json_schema()["properties"]
    return properties
