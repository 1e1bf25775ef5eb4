"""`/v1/embeddings`, for programs that speak to OpenAI."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from framed.errors import FramedError
from framed.intake.guard import UrlGuard
from framed.photo import PhotoBytes
from framed.results import Embedding
from framed.routes.answering import json_response
from framed.routes.context import Context, context_of
from framed.routes.described import answered, request_body
from framed.routes.desk import Desk, desk_of
from framed.routes.foreign import (
    log_fields,
    most_bytes,
    named,
    object_of,
    read_object,
    referenced,
    remarked,
    together,
)
from framed.settings import Settings
from framed.wires.embedding_described import EMBEDDINGS
from framed.wires.long_texts import remark_of
from framed.wires.on_error import ON_ERROR, only_bad_inputs
from framed.wires.openai import (
    EmbeddingsParameters,
    EmbeddingsQuestion,
    check_dimensions,
    embeddings_body,
    embeddings_question,
)

router = APIRouter(tags=["embeddings"])


async def embeddings(request: Request) -> Response:
    """An embedding an input, in order; `revision` and `preprocessing` say what made them."""
    desk, context = desk_of(request), context_of(request)
    question = embeddings_question(await read_object(request, (ON_ERROR,)))
    model = question.model or desk.settings.embed_model
    facts = await desk.model.facts(model)
    check_dimensions(question, facts)
    context.log |= {"photos": len(question.images), "texts": len(question.texts)}
    context.log |= log_fields(facts)
    rows = await _rows(question, model, desk, context)
    said = remark_of(question.long, len(question.texts))
    body = await asyncio.to_thread(embeddings_body, rows, question, facts)
    return remarked(named(json_response(body), facts), said)


for _path in ("/v1/embeddings", "/embeddings"):
    router.add_api_route(
        _path,
        embeddings,
        methods=["POST"],
        summary="Embeddings of texts and photos, in OpenAI's shape",
        responses=answered(EMBEDDINGS),
        openapi_extra={
            "requestBody": request_body(application_json=object_of(EmbeddingsParameters))
        },
    )


async def _rows(
    question: EmbeddingsQuestion, model: str | None, desk: Desk, context: Context
) -> list[Embedding | FramedError]:
    """The vectors in the order of the inputs; the first input that has none refuses the call, or,
    where the good ones are kept, has its refusal there. What is no input's fault always refuses."""
    found = await _photos(question, desk.settings, context)
    photos = {place: each for place, each in found.items() if isinstance(each, PhotoBytes)}
    if not question.keeps_good:
        return [*await desk.compare.by_place(photos, question.texts, model)]
    refused = {place: each for place, each in found.items() if isinstance(each, FramedError)}
    rows = await desk.compare.each_by_place(photos, question.texts, model)
    rows |= {**question.faults, **refused}
    return only_bad_inputs([rows[place] for place in sorted(rows)])


async def _photos(
    question: EmbeddingsQuestion, settings: Settings, context: Context
) -> Mapping[int, PhotoBytes | FramedError]:
    """The photos by their places; the first that cannot be had refuses the call, unless the good
    ones are kept."""
    guard, limit = UrlGuard.of(settings), most_bytes(settings)

    async def photo(place: int, text: str) -> PhotoBytes | FramedError:
        try:
            return await referenced(text, guard, limit, context)
        except FramedError as refusal:
            if question.keeps_good and refusal.is_of_the_input:
                return refusal
            raise refusal.at(place, question.count) from None

    photos = await together(photo(place, text) for place, text in question.images.items())
    return dict(zip(question.images, photos, strict=True))
