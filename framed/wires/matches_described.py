"""What `/docs` says of `match` and what belongs to it."""

from __future__ import annotations

from framed.wires.answers_described import NUMBER, TEXT, YES_NO, Schema, a_list, held, or_null

MATCH: Schema = {
    **or_null(held(NUMBER, 0, 1)),
    "description": "How surely the label applies, whatever the other labels are; null where that "
    "cannot be told.",
}
NONE_MATCH: Schema = {
    **or_null(YES_NO),
    "description": "true where no label of the list seems to apply; null where that cannot be "
    "told.",
}
REASON: Schema = {
    **TEXT,
    "description": "Why every `match` is null: `reference_pending`, `reference_failed`, "
    "`match_off`, `match_not_asked`, or of new own labels `too_many_labels` or, now, `match_busy`.",
}
SOMETIMES: Schema = {
    "z": {**or_null(NUMBER), "description": "With `detail`: deviations above everyday words."},
    "parents": {
        **a_list(TEXT),
        "description": "With `parents`: what stands above it, the nearest first.",
    },
}
_GROUP_PROB: Schema = {
    **or_null(held(NUMBER, 0, 1)),
    "description": "Softmax share of the labels of the group.",
}


def of_group(label: Schema) -> Schema:
    """The object `label` where it stands in a group."""
    return {**label, "properties": {**label["properties"], "group_prob": _GROUP_PROB}}
