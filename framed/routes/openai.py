"""`/v1/embeddings`, for programs that speak to OpenAI."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from framed.errors import FramedError
from framed.intake.guard import UrlGuard
from framed.intake.reference import from_reference
from framed.photo import PhotoBytes
from framed.routes.answering import json_response
from framed.routes.context import context_of
from framed.routes.described import REFUSAL, request_body
from framed.routes.desk import desk_of
from framed.routes.foreign import log_fields, most_bytes, named, object_of, read_object
from framed.settings import Settings
from framed.wires.openai import (
    EmbeddingsParameters,
    EmbeddingsQuestion,
    check_dimensions,
    embeddings_body,
    embeddings_question,
)

router = APIRouter(tags=["embeddings"], responses={400: REFUSAL})


@router.post(
    "/v1/embeddings",
    summary="Embeddings of texts and photos, in OpenAI's shape",
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
    photos = await _photos(question, desk.settings)
    found = await desk.compare.vectors(photos, list(question.texts.values()), model)
    rows = {
        **dict(zip(question.images, found.photos, strict=True)),
        **dict(zip(question.texts, found.texts, strict=True)),
    }
    body = embeddings_body([rows[place] for place in sorted(rows)], question, found.facts)
    return named(json_response(body), found.facts)


async def _photos(question: EmbeddingsQuestion, settings: Settings) -> list[PhotoBytes]:
    """The photos in order; the first that cannot be had refuses the call."""
    guard, alone = UrlGuard.of(settings), len(question.images) + len(question.texts) == 1
    photos = []
    for place, text in question.images.items():
        try:
            photos.append(await from_reference(text, guard, most_bytes(settings)))
        except FramedError as refusal:
            raise refusal if alone else _at_place(refusal, place) from None
    return photos


def _at_place(refusal: FramedError, place: int) -> FramedError:
    """The same refusal, of one input among several."""
    return FramedError(
        refusal.code,
        f"The input at place {place}: {refusal.message}",
        details={**(refusal.details or {}), "index": place},
        retry_after=refusal.retry_after,
    )
