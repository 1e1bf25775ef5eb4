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
    banks=a_map(an_object(labels=WHOLE, templates=WHOLE, checksum=TEXT)),
    models=a_list(OBJECT),
    metrics=or_null(OBJECT),
)
