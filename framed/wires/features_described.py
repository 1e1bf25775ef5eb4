"""What `/docs` says of the answers of `/features`."""

from __future__ import annotations

from typing import Any

from framed.wires.matches_described import MATCH, NONE_MATCH, SOMETIMES, of_group

_NUMBER = {"type": ["number", "null"]}
_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
_LABEL = {
    "type": "object",
    "properties": {
        "label": {"type": "string"},
        "display": {"type": "string", "description": "With `language`."},
        "confidence": _NUMBER,
        "cosine_score": _NUMBER,
        "match": MATCH,
        **SOMETIMES,
    },
}
_NAME = {"type": "string", "description": "With `labels=names`."}
_FEATURES = {
    "type": ["object", "null"],
    "description": "null where the item has an `error`.",
    "properties": {
        "tech": {
            "type": "object",
            "description": "A number a metric, or null with its reason in `warnings`.",
            "additionalProperties": _NUMBER,
        },
        "clip_labels": {"type": "array", "items": {"anyOf": [_LABEL, _NAME]}},
        "detail": {
            "type": "object",
            "description": "Model, bank, photo, crops, backends, further figures of the metrics.",
        },
        "warnings": {
            **_TEXTS,
            "description": "Metric, or `match`: the code of the reason it is null, such as "
            "`not_a_photo` of a drawn, written or plain picture.",
        },
        "findings": {**_TEXTS, "description": "With `explain`: metric -> plain words."},
        "embedding": {
            "oneOf": [
                {"type": "array", "items": {"type": "number"}},
                {"type": "string"},
                {"type": "null"},
            ],
            "description": "With `embedding`: of length 1; null where the model did not answer.",
        },
        "group": {
            "type": "object",
            "description": "With `groups`: the near duplicates that this photo belongs to.",
            "properties": {
                **{name: {"type": "integer"} for name in ("id", "size", "rank")},
                "kind": {
                    "enum": ["copy", "burst", None],
                    "description": "Another shot of the scene, or a copy of a shot before it; "
                    "null for the best.",
                },
                "why": {"type": "string", "description": "What put it in its place, in words."},
            },
        },
        "best_of_group": {"type": "boolean", "description": "With `groups`: rank 1."},
        "fallback": {"type": "boolean", "description": "true where the labels are no answer."},
        "none_match": NONE_MATCH,
        "label_groups": {
            "type": "object",
            "description": "With `top_k_per_group`: the best labels of each group of the bank.",
            "additionalProperties": {
                "type": "array",
                "items": {"anyOf": [of_group(_LABEL), _NAME]},
            },
        },
    },
}
_ARTIFACT = {
    "type": "object",
    "description": "Every field that came in, then these.",
    "properties": {
        "features": _FEATURES,
        "error": {
            "type": "object",
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        },
    },
}
_LINE = {
    "type": "object",
    "description": "A line an item as it finishes, and a last one with `done`.",
    "properties": {
        "index": {"type": "integer"},
        "artifact": _ARTIFACT,
        "done": {"type": "boolean"},
        "count": {"type": "integer"},
        "failed": {"type": "integer"},
    },
}
_BODY = {
    "type": "object",
    "description": "The body that came in; one bare artifact or raw photo is answered bare.",
    "properties": {"artifacts": {"type": "array", "items": _ARTIFACT}},
}

ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Every item with its features or its own error.",
        "content": {
            "application/json": {"schema": _BODY},
            "application/x-ndjson": {"schema": _LINE},
        },
    }
}
