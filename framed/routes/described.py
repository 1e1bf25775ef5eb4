"""What `/docs` shows of a route that reads its own request, from the same parameter models."""

from __future__ import annotations

from typing import Any

from framed.wires.parameters import Parameters

BINARY = {"type": "string", "format": "binary"}


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


def answered(schema: dict[str, Any], description: str = "As asked.") -> dict[int | str, Any]:
    """The answer of a route that goes well, as JSON."""
    content = {"application/json": {"schema": schema}}
    return {200: {"description": description, "content": content}}


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
