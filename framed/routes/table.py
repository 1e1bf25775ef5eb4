"""Every route of Framed: which file answers it, and what it may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fastapi import APIRouter

from framed.routes import (
    analyze,
    embedding,
    encoder,
    features,
    health,
    immich,
    labelling,
    metrics,
    models,
    openai,
    page,
    photoprism,
)
from framed.routes.fallthrough import PAGES
from framed.routes.limits import (
    BATCH,
    MANY_PHOTOS,
    ONE_PHOTO,
    PROBE,
    RELOAD,
    SMALL,
    STATE,
    TEXTS,
    Limits,
)
from framed.wires.analyze import analyze_error
from framed.wires.photoprism import vision_error

ROUTERS: tuple[APIRouter, ...] = (
    labelling.router,
    features.router,
    analyze.router,
    encoder.router,
    embedding.router,
    openai.router,
    models.router,
    photoprism.router,
    immich.router,
    health.router,
    metrics.router,
    page.router,
)

ROUTES: Mapping[str, Limits] = {
    "/classify": ONE_PHOTO,
    "/features": BATCH,
    "/analyze": replace(ONE_PHOTO, errors=analyze_error),
    "/encode_image": MANY_PHOTOS,
    "/encode_text": TEXTS,
    "/embed": ONE_PHOTO,
    "/anomaly-score": ONE_PHOTO,
    "/similarity": ONE_PHOTO,
    "/batch-similarity": ONE_PHOTO,
    "/v1/embeddings": ONE_PHOTO,
    "/embeddings": ONE_PHOTO,
    "/v1/models": SMALL,
    "/models": SMALL,
    "/api/v1/vision/labels": replace(ONE_PHOTO, errors=vision_error),
    "/predict": ONE_PHOTO,
    "/ping": PROBE,
    "/reload": RELOAD,
    "/reload-labels": RELOAD,
    "/": SMALL,
    "/labels": SMALL,
    "/livez": PROBE,
    "/readyz": PROBE,
    "/healthz": PROBE,
    "/health": PROBE,
    "/info": STATE,
    "/metrics": STATE,
}

BENTOML_PAGES: Mapping[str, Limits] = dict.fromkeys(PAGES, SMALL)

_STATIC = "/static-offline-docs"
DOCUMENTATION: Mapping[str, Limits] = dict.fromkeys(
    (
        "/docs",
        "/openapi.json",
        *(
            f"{_STATIC}/{name}"
            for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png")
        ),
    ),
    SMALL,
)
