"""What `/docs` says of answers that hold embeddings, or how near they are."""

from __future__ import annotations

from framed.wires.answers_described import (
    NUMBER,
    TEXT,
    WHOLE,
    a_list,
    a_map,
    an_object,
    held,
    or_null,
)
from framed.wires.errors_described import ITEM_ERROR

_TIME = {"inference_time_ms": NUMBER}
_VECTOR = {**a_list(NUMBER), "description": "Of length 1."}

EMBEDDED = an_object(embedding=_VECTOR, **_TIME)
ANOMALY = an_object(anomaly_score=held(NUMBER, 0, 1), similarity_to_baseline=NUMBER, **_TIME)
SIMILARITY = an_object(similarity=NUMBER, **_TIME)
SIMILARITIES = an_object(similarities=a_map(NUMBER), **_TIME)

IMAGES_ENCODED = {
    "anyOf": [or_null(a_list(NUMBER)), a_list(or_null(_VECTOR))],
    "description": "Of one photo its embedding, of several a list of them; null, with "
    "`on_error=null`, of one that cannot be encoded.",
}
TEXTS_ENCODED = a_list(_VECTOR)

_REMARK = an_object(index=WHOLE, message=TEXT)
EMBEDDINGS = an_object(
    {"remarks": {**a_list(_REMARK), "description": "Texts that the model reads only in part."}},
    object={"const": "list"},
    data=a_list(
        an_object(
            {"error": {**ITEM_ERROR, "description": "With `on_error=null`: why there is none."}},
            object={"const": "embedding"},
            index=WHOLE,
            embedding={
                "oneOf": [
                    _VECTOR,
                    {**TEXT, "description": "With `base64`."},
                    {"type": "null", "description": "With `on_error=null`, where it is bad."},
                ]
            },
        )
    ),
    model=TEXT,
    usage=an_object(prompt_tokens=WHOLE, total_tokens=WHOLE),
    revision=TEXT,
    preprocessing=TEXT,
)
MODEL = an_object(
    id={**TEXT, "description": "To be named as `model`."},
    object={"const": "model"},
    created=WHOLE,
    owned_by=TEXT,
    root={**TEXT, "description": "As answers call it."},
    dimensions={**WHOLE, "description": "Numbers in its embeddings."},
)
MODELS = an_object(object={"const": "list"}, data=a_list(MODEL))
