"""The web application: routes, refusals, documentation, and the edge around all of it."""

from __future__ import annotations

from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp

from framed import __version__
from framed.errors import FramedError
from framed.routes.answering import (
    on_client_left,
    on_http,
    on_invalid,
    on_refusal,
    on_surprise,
    on_system,
)
from framed.routes.desk import Desk
from framed.routes.documented import document
from framed.routes.edge import Edge
from framed.routes.fallthrough import Behind
from framed.routes.foreign import FOREIGN_HEADERS
from framed.routes.table import BENTOML_PAGES, DOCUMENTATION, FAMILIES, ROUTERS, ROUTES

RATE_HEADERS = ("RateLimit", "RateLimit-Policy")


def web_application(desk: Desk) -> ASGIApp:
    """The ASGI application that answers every route of Framed from `desk`."""
    app = FastAPIOffline(
        title="Framed",
        version=__version__,
        description="What is in a photo, where it lies, and how good it is. "
        "Beside these routes `/schema.json` is BentoML's own.",
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.desk = desk
    for router in ROUTERS:
        app.include_router(router)
    document(app, ROUTES)
    app.add_exception_handler(FramedError, on_refusal)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(ClientDisconnect, on_client_left)
    app.add_exception_handler(OSError, on_system)
    app.add_exception_handler(Exception, on_surprise)
    pages = Behind(app, BENTOML_PAGES)
    limits = {**ROUTES, **BENTOML_PAGES, **DOCUMENTATION}
    edge = Edge(pages, desk.settings, limits, desk.turns, FAMILIES)
    return _with_cors(edge, desk.settings.cors_origins)


def _with_cors(app: ASGIApp, origins: tuple[str, ...]) -> ASGIApp:
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
        expose_headers=["X-Request-ID", "Retry-After", *RATE_HEADERS, *FOREIGN_HEADERS],
    )
