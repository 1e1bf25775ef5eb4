"""`/v1/embeddings`, for programs that speak to OpenAI."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from framed.answers.compare import at_place
from framed.errors import FramedError
from framed.intake.guard import UrlGuard
from framed.photo import PhotoBytes
from framed.routes.answering import json_response
from framed.routes.context import Context, context_of
from framed.routes.described import answered, request_body
from framed.routes.desk import desk_of
from framed.routes.foreign import (
    log_fields,
    most_bytes,
    named,
    object_of,
    read_object,
    referenced,
    together,
)
from framed.settings import Settings
from framed.wires.embedding_described import EMBEDDINGS
from framed.wires.openai import (
    EmbeddingsParameters,
    EmbeddingsQuestion,
    check_dimensions,
    embeddings_body,
    embeddings_question,
)

router = APIRouter(tags=["embeddings"])


@router.post(
    "/v1/embeddings",
    summary="Embeddings of texts and photos, in OpenAI's shape",
    responses=answered(EMBEDDINGS),
    openapi_extra={"requestBody": request_body(application_json=object_of(EmbeddingsParameters))},
)
async def embeddings(request: Request) -> Response:
    """An embedding an input, in order; `revision` and `preprocessing` say what made them."""
    desk, context = desk_of(request), context_of(request)
    question = embeddings_question(await read_object(request))
    model = question.model or desk.settings.embed_model
    facts = await desk.model.facts(model)
    check_dimensions(question, facts)
    context.log |= {"photos": len(question.images), "texts": len(question.texts)}
    context.log |= log_fields(facts)
    photos = await _photos(question, desk.settings, context)
    rows = await desk.compare.by_place(photos, question.texts, model)
    return named(json_response(embeddings_body(rows, question, facts)), facts)


async def _photos(
    question: EmbeddingsQuestion, settings: Settings, context: Context
) -> dict[int, PhotoBytes]:
    """The photos by their places; the first that cannot be had refuses the call."""
    guard, limit = UrlGuard.of(settings), most_bytes(settings)
    count = len(question.images) + len(question.texts)

    async def photo(place: int, text: str) -> PhotoBytes:
        try:
            return await referenced(text, guard, limit, context)
        except FramedError as refusal:
            raise at_place(refusal, place, count) from None

    photos = await together(photo(place, text) for place, text in question.images.items())
    return dict(zip(question.images, photos, strict=True))
