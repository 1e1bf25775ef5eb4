"""Pieces of what `/docs` says of answers: objects whose named members are all there."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer"}
YES_NO: Schema = {"type": "boolean"}
ANYTHING: Schema = {}
OBJECT: Schema = {"type": "object"}


def a_list(of: Schema) -> Schema:
    """A list of `of`."""
    return {"type": "array", "items": of}


def a_map(of: Schema) -> Schema:
    """Any names, each with an `of`."""
    return {"type": "object", "additionalProperties": of}


def an_object(sometimes: Schema | None = None, **members: Schema) -> Schema:
    """An object with all of `members`, and some of `sometimes`."""
    return {
        "type": "object",
        "properties": {**members, **(sometimes or {})},
        "required": [*members],
    }


def or_null(of: Schema) -> Schema:
    """`of` or null."""
    return {"anyOf": [of, {"type": "null"}]}


def held(of: Schema, least: float, most: float) -> Schema:
    """A number from `least` to `most`, both included."""
    return {**of, "minimum": least, "maximum": most}
