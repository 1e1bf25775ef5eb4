"""`/ping` and `/predict`, so that Immich and OpenCloud can search photos by what is in them."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import PlainTextResponse

from framed.routes.answering import json_response
from framed.routes.context import context_of
from framed.routes.described import BINARY, answered, form_of, request_body
from framed.routes.desk import desk_of
from framed.routes.foreign import IMAGE, log_fields, named, remarked, served
from framed.routes.incoming import files_of, read_query, read_request
from framed.routes.parts import photo_from
from framed.settings import MIB
from framed.wires.foreign_described import PONGED, PREDICTED
from framed.wires.immich import (
    PONG,
    PredictParameters,
    predict_body,
    predict_question,
    remark_on_model,
)
from framed.wires.long_texts import beginning, is_long, remark_of
from framed.wires.parameters import NoParameters, check

LONGEST_TEXT = MIB

router = APIRouter(tags=["embeddings"])


@router.get(
    "/ping",
    summary="Whether Immich may send its photos",
    response_class=PlainTextResponse,
    responses=PONGED,
)
async def ping(request: Request) -> Response:
    """`pong` once the model is there; 503 until then, so that Immich asks its other services."""
    check(NoParameters, await read_query(request))
    desk = desk_of(request)
    await desk.model.facts(desk.settings.embed_model, fresh=True)
    return PlainTextResponse(PONG)


@router.post(
    "/predict",
    summary="The embedding of a photo or a text, as Immich asks for it",
    responses=answered(PREDICTED),
    openapi_extra={
        "requestBody": request_body(multipart_form__data=form_of(PredictParameters, image=BINARY))
    },
)
async def predict(request: Request) -> Response:
    """A unit vector written as text. Faces and text in pictures are refused: others find those."""
    desk, context = desk_of(request), context_of(request)
    incoming = await read_request(request, text_bytes=LONGEST_TEXT)
    question = predict_question(incoming.fields)
    model = await served(question.model_names, desk)
    facts = await desk.model.facts(model or desk.settings.embed_model)
    other = None if model else remark_on_model(question.model, facts.model_id)
    context.log |= {**log_fields(facts), **({} if model else {"asked_model": question.model})}
    if question.text is not None:
        embeddings = await desk.encode.texts([beginning(question.text)], facts.model)
        context.log |= {"texts": 1}
        long = remark_of([0] if is_long(question.text) else [], 1)
        return remarked(named(json_response(predict_body(embeddings[0])), facts), other, long)
    part = files_of(incoming, IMAGE, 1)[0]
    photo = await photo_from(part, context.place, desk.settings.photo_limits.single)
    embedding, photo_facts = await desk.encode.photo(photo, facts.model)
    context.log |= {"photos": 1}
    body = predict_body(embedding, photo_facts.original_size)
    return remarked(named(json_response(body), facts), other)
