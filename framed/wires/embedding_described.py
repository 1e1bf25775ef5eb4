"""What `/docs` says of answers that hold embeddings, or how near they are."""

from __future__ import annotations

from framed.wires.answers_described import NUMBER, TEXT, WHOLE, a_list, a_map, an_object, held

_TIME = {"inference_time_ms": NUMBER}
_VECTOR = {**a_list(NUMBER), "description": "Of length 1."}

EMBEDDED = an_object(embedding=_VECTOR, **_TIME)
ANOMALY = an_object(anomaly_score=held(NUMBER, 0, 1), similarity_to_baseline=NUMBER, **_TIME)
SIMILARITY = an_object(similarity=NUMBER, **_TIME)
SIMILARITIES = an_object(similarities=a_map(NUMBER), **_TIME)

IMAGES_ENCODED = {
    "oneOf": [a_list(NUMBER), a_list(_VECTOR)],
    "description": "Of one photo its embedding, of several a list of them.",
}
TEXTS_ENCODED = a_list(_VECTOR)

EMBEDDINGS = an_object(
    object={"const": "list"},
    data=a_list(
        an_object(
            object={"const": "embedding"},
            index=WHOLE,
            embedding={"oneOf": [_VECTOR, {**TEXT, "description": "With `base64`."}]},
        )
    ),
    model=TEXT,
    usage=an_object(prompt_tokens=WHOLE, total_tokens=WHOLE),
    revision=TEXT,
    preprocessing=TEXT,
)
