"""`/v1/models`, for programs that speak to OpenAI."""

from __future__ import annotations

import psutil
from fastapi import APIRouter, Request, Response

from framed.routes.answering import json_response
from framed.routes.described import answered
from framed.routes.desk import desk_of
from framed.routes.incoming import read_query
from framed.wires.embedding_described import MODEL, MODELS
from framed.wires.models import model_body, models_body
from framed.wires.parameters import NoParameters, check

router = APIRouter(tags=["embeddings"])


async def models(request: Request) -> Response:
    """The default one first; `root` is the name that answers carry."""
    check(NoParameters, await read_query(request))
    return json_response(models_body(await desk_of(request).model.facts(fresh=True), _started()))


async def model(request: Request, name: str) -> Response:
    """By any name that it has here, slashes and all."""
    check(NoParameters, await read_query(request))
    facts = await desk_of(request).model.facts(fresh=True)
    return json_response(model_body(facts, name, _started()))


for _path in ("/v1/models", "/models"):
    router.add_api_route(
        _path,
        models,
        methods=["GET"],
        summary="The served models, in OpenAI's shape",
        responses=answered(MODELS),
    )
    router.add_api_route(
        f"{_path}/{{name:path}}",
        model,
        methods=["GET"],
        summary="One served model, in OpenAI's shape",
        responses=answered(MODEL),
    )


def _started() -> int:
    return int(psutil.Process().create_time())
