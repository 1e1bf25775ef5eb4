"""Probes and what the service says of itself; they read state and give the runners no work."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from framed.answers.status import Condition
from framed.errors import Code, FramedError
from framed.results import ClipFacts
from framed.routes.answering import json_response
from framed.routes.described import answered
from framed.routes.desk import desk_of
from framed.routes.incoming import read_query
from framed.wires.health import Roles, health_body, healthz_body, info_body
from framed.wires.health_described import HEALTH, HEALTHZ, INFO, STATUS_OK
from framed.wires.parameters import NoParameters, check

router = APIRouter(tags=["health"])


@router.get("/livez", summary="The process answers", responses=answered(STATUS_OK))
async def livez(request: Request) -> Response:
    """200 as long as this process can answer at all."""
    return json_response({"status": "ok"})


@router.get(
    "/readyz",
    summary="Both runners have worked on a picture since they started",
    responses=answered(STATUS_OK),
)
async def readyz(request: Request) -> Response:
    """200 once a tiny picture was really encoded and measured; 503 until then."""
    condition = await _condition(request)
    if not condition.ready:
        raise _not_ready(condition)
    return json_response({"status": "ok"})


@router.get("/healthz", summary="Model and device are ready", responses=answered(HEALTHZ))
async def healthz(request: Request) -> Response:
    """Status, device and whether the weights are fp16."""
    return json_response(healthz_body(await _model(request)))


@router.get(
    "/health", summary="Health in the words of three earlier services", responses=answered(HEALTH)
)
async def health(request: Request) -> Response:
    """Model, device, dimensions, number of labels, memory."""
    clip = await _model(request)
    settings = desk_of(request).settings
    roles = Roles(settings.encoder_model, settings.embed_model, settings.analyze_bank)
    return json_response(health_body(clip, roles))


@router.get(
    "/info", summary="Everything about the model, banks and metrics", responses=answered(INFO)
)
async def info(request: Request) -> Response:
    """Model id, device, precision, image normalization, banks, metrics, version."""
    condition = await _condition(request)
    return json_response(info_body(_clip(condition), condition.technical))


async def _condition(request: Request) -> Condition:
    check(NoParameters, await read_query(request))
    return await desk_of(request).status.condition()


async def _model(request: Request) -> ClipFacts:
    return _clip(await _condition(request))


def _clip(condition: Condition) -> ClipFacts:
    if condition.clip is None or not condition.model_ready:
        raise _not_ready(condition)
    return condition.clip


def _state(clip: ClipFacts) -> str:
    waited_for = [each for each in clip.models if each.state != "ready"]
    if clip.state != "ready" or clip.warmed or not waited_for:
        return clip.state
    return ", ".join(f"{each.words[0]} {each.state}" for each in waited_for)


def _not_ready(condition: Condition) -> FramedError:
    parts = {
        "model": _state(condition.clip) if condition.clip else "no answer",
        "metrics": "ready" if condition.technical else "no answer",
        "decoding": condition.decoding or "ready",
    }
    says = ", ".join(f"{name}: {state}" for name, state in parts.items())
    return FramedError(Code.NOT_READY, f"Not ready yet ({says}).", details=parts, retry_after=2)
