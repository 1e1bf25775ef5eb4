"""What `/docs` says of the answers of `/analyze`, of PhotoPrism's and of Immich's routes."""

from __future__ import annotations

from typing import Any

from framed.wires.answers_described import NUMBER, OBJECT, TEXT, WHOLE, a_list, an_object, held
from framed.wires.errors_described import CODES, ERROR
from framed.wires.matches_described import MATCH, REASON

_ASKED = {**MATCH, "description": f"With `match`. {MATCH['description']}"}
_WHY = {"match_reason": REASON}
_PREDICTION = an_object(
    {
        "emoji": TEXT,
        "display": {**TEXT, "description": "With `language`."},
        "match": _ASKED,
    },
    label=TEXT,
    confidence=held(NUMBER, 0, 1),
)
ANALYZED = an_object(
    service=TEXT,
    status={"const": "success"},
    predictions=a_list(_PREDICTION),
    metadata=an_object(_WHY, processing_time=NUMBER, model_info=an_object(framework=TEXT)),
)
NOT_ANALYZED = an_object(
    service=TEXT,
    status={"const": "error"},
    predictions={"type": "array", "maxItems": 0},
    error={
        **ERROR,
        "properties": {
            **ERROR["properties"],
            "message": {**TEXT, "description": "In the words of the analyze service."},
            "reason": {**TEXT, "description": "Where those words say less: ours."},
        },
    },
    metadata=an_object(processing_time=NUMBER),
)
_LABEL = an_object(
    {"match": _ASKED},
    name=TEXT,
    source=TEXT,
    priority=WHOLE,
    confidence=held(NUMBER, 0, 1),
    topicality=held(NUMBER, 0, 1),
    categories={**a_list(TEXT), "description": "What stands above it, and its groups."},
)
VISION_LABELS = an_object(
    _WHY,
    id=TEXT,
    code=WHOLE,
    model=an_object(type=TEXT, name=TEXT, version=TEXT, resolution=WHOLE),
    result=an_object(labels=a_list(_LABEL)),
)
NOT_LABELLED = an_object(
    {"details": {**OBJECT, "description": "What is at fault, as data."}},
    id={**TEXT, "description": "As in the request, where it could be read."},
    code={**WHOLE, "description": "The status."},
    error={**TEXT, "description": "A sentence that says what to do."},
    result={**OBJECT, "maxProperties": 0},
    error_code=CODES,
    request_id=TEXT,
)
PONGED: dict[int | str, dict[str, Any]] = {
    200: {"description": "It may.", "content": {"text/plain": {"schema": {"const": "pong"}}}}
}
PREDICTED = an_object(
    {"imageHeight": WHOLE, "imageWidth": WHOLE},
    clip={**TEXT, "description": "The numbers of the unit vector as JSON."},
)
