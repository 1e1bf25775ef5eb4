"""What `/docs` says of the answers of the probes, `/health` and `/info`."""

from __future__ import annotations

from framed.wires.answers_described import (
    NUMBER,
    OBJECT,
    TEXT,
    WHOLE,
    YES_NO,
    a_list,
    a_map,
    an_object,
    or_null,
)

STATUS_OK = an_object(status={"const": "ok"})
HEALTHZ = an_object(status={"const": "ok"}, device=TEXT, fp16=YES_NO)
HEALTH = an_object(
    status={"const": "healthy"},
    model_status={"const": "loaded"},
    model=TEXT,
    model_loaded=YES_NO,
    device=TEXT,
    cuda_available=YES_NO,
    vram_used_gb=NUMBER,
    embedding_size=WHOLE,
    embedding_dimension=WHOLE,
    num_labels=WHOLE,
)
_MATCH = an_object(
    reason={**or_null(TEXT), "description": "Why there is no match."},
    reference={**or_null(TEXT), "description": "Version of the reference set."},
    slope=or_null(NUMBER),
    offset=or_null(NUMBER),
    calibrated={"enum": ["no", "shipped", "file"]},
    photos={**WHOLE, "description": "Of the calibration."},
    date=or_null(TEXT),
    ignored={**or_null(TEXT), "description": "Why a calibration, or a part of it, is not used."},
    prototypes={**WHOLE, "description": "Labels that have examples."},
    match_threshold=NUMBER,
    share=NUMBER,
)
INFO = an_object(
    service={"const": "framed"},
    version=TEXT,
    model=TEXT,
    preset=TEXT,
    revision=TEXT,
    engine=TEXT,
    device=TEXT,
    precision=TEXT,
    sizes=a_list(WHOLE),
    default_size=WHOLE,
    embedding_dimension=WHOLE,
    image=OBJECT,
    banks=a_map(an_object(labels=WHOLE, templates=WHOLE, checksum=TEXT, match=_MATCH)),
    models=a_list({**OBJECT, "description": "Each with `match`, as its banks have it."}),
    metrics=or_null(OBJECT),
)
