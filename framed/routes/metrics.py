"""`/metrics`: what Prometheus reads, of all processes of this server."""

from __future__ import annotations

import asyncio
from functools import partial

from fastapi import APIRouter, Request, Response
from starlette.responses import PlainTextResponse

from framed.routes.desk import desk_of
from framed.telemetry.page import CONTENT_TYPE, metrics_page

router = APIRouter(tags=["health"])


@router.get(
    "/metrics", summary="Counts and states for Prometheus", response_class=PlainTextResponse
)
async def metrics(request: Request) -> Response:
    """Counts since the start of the server, and how it is now."""
    condition = await desk_of(request).status.condition()
    page = partial(metrics_page, condition.clip, ready=condition.ready)
    return Response(await asyncio.to_thread(page), media_type=CONTENT_TYPE)
