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
    AS_A_FILE,
    AS_AN_IMAGE,
    BATCH,
    IN_JSON,
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

_PHOTO_IN_JSON = replace(ONE_PHOTO, photo_as=IN_JSON)
_VISION = replace(_PHOTO_IN_JSON, errors=vision_error)

ROUTES: Mapping[str, Limits] = {
    "/classify": ONE_PHOTO,
    "/features": BATCH,
    "/analyze": replace(ONE_PHOTO, photo_as=AS_A_FILE, errors=analyze_error),
    "/encode_image": MANY_PHOTOS,
    "/encode_text": TEXTS,
    "/embed": _PHOTO_IN_JSON,
    "/anomaly-score": _PHOTO_IN_JSON,
    "/similarity": _PHOTO_IN_JSON,
    "/batch-similarity": _PHOTO_IN_JSON,
    "/v1/embeddings": _PHOTO_IN_JSON,
    "/embeddings": _PHOTO_IN_JSON,
    "/v1/models": SMALL,
    "/models": SMALL,
    "/api/v1/vision/labels": _VISION,
    "/predict": replace(ONE_PHOTO, photo_as=AS_AN_IMAGE),
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

FAMILIES: Mapping[str, Limits] = {  # paths that are no routes, and how they are refused
    "/api/v1/vision/": replace(_VISION, one_photo=False),
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
