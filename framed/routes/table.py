"""Every route of Framed: which file answers it, and what it may take."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter

from framed.routes import encoder, features, health, labelling, page
from framed.routes.limits import BATCH, MANY_PHOTOS, ONE_PHOTO, PROBE, RELOAD, SMALL, TEXTS, Limits

ROUTERS: tuple[APIRouter, ...] = (
    labelling.router,
    features.router,
    encoder.router,
    health.router,
    page.router,
)

ROUTES: Mapping[str, Limits] = {
    "/classify": ONE_PHOTO,
    "/features": BATCH,
    "/encode_image": MANY_PHOTOS,
    "/encode_text": TEXTS,
    "/reload": RELOAD,
    "/reload-labels": RELOAD,
    "/": SMALL,
    "/labels": SMALL,
    "/livez": PROBE,
    "/readyz": PROBE,
    "/healthz": PROBE,
    "/health": PROBE,
    "/info": PROBE,
}
