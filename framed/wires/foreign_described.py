"""What `/docs` says of the answers of `/analyze` and of PhotoPrism's route."""

from __future__ import annotations

from framed.wires.answers_described import NUMBER, TEXT, WHOLE, a_list, an_object, held
from framed.wires.errors_described import ERROR
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
)
VISION_LABELS = an_object(
    _WHY,
    id=TEXT,
    code=WHOLE,
    model=an_object(type=TEXT, name=TEXT, version=TEXT, resolution=WHOLE),
    result=an_object(labels=a_list(_LABEL)),
)
