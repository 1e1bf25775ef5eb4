"""`/encode_image` and `/encode_text`."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from framed.routes.answering import json_response
from framed.routes.context import context_of
from framed.routes.described import BINARY, answered, form_of, query_parameters, request_body
from framed.routes.desk import desk_of
from framed.routes.foreign import IMAGE, log_fields, named
from framed.routes.incoming import files_of, read_request
from framed.routes.limits import TEXT_BYTES
from framed.routes.parts import photo_from
from framed.wires.embedding_described import IMAGES_ENCODED, TEXTS_ENCODED
from framed.wires.encoder import (
    EncodeImageParameters,
    EncodeTextParameters,
    encode_image_question,
    encode_text_question,
    images_body,
    texts_body,
)

router = APIRouter(tags=["embeddings"])


@router.post(
    "/encode_image",
    summary="Photos to unit embeddings",
    responses=answered(IMAGES_ENCODED),
    openapi_extra={
        "parameters": query_parameters(EncodeImageParameters),
        "requestBody": request_body(
            multipart_form__data=form_of(EncodeImageParameters, image=BINARY)
        ),
    },
)
async def encode_image(request: Request) -> Response:
    """A bare list of floats for one photo, a list of lists for several in the field `image`."""
    desk, context = desk_of(request), context_of(request)
    incoming = await read_request(request, {*EncodeImageParameters.model_fields, IMAGE})
    asked = encode_image_question(incoming.fields)
    parts = files_of(incoming, IMAGE)
    limit = desk.settings.photo_limits.single
    photos = [await photo_from(part, context.place, limit) for part in parts]
    model = asked.model or desk.settings.encoder_model
    facts = await desk.model.facts(model)
    context.log |= {"photos": len(photos), **log_fields(facts)}
    embeddings = await desk.encode.images(photos, model, asked.decode)
    return named(json_response(images_body(embeddings)), facts)


@router.post(
    "/encode_text",
    summary="Texts to unit embeddings",
    responses=answered(TEXTS_ENCODED),
    openapi_extra={
        "requestBody": request_body(application_json=EncodeTextParameters.model_json_schema())
    },
)
async def encode_text(request: Request) -> Response:
    """A list of floats for each text, in order; texts are encoded as they stand."""
    desk, context = desk_of(request), context_of(request)
    known = EncodeTextParameters.model_fields
    incoming = await read_request(request, known, text_bytes=TEXT_BYTES)
    asked = encode_text_question(incoming.fields)
    model = asked.model or desk.settings.encoder_model
    facts = await desk.model.facts(model)
    context.log |= {"texts": len(asked.texts), "model": facts.model_id, "device": facts.device}
    embeddings = await desk.encode.texts(asked.texts, model)
    return named(json_response(texts_body(embeddings)), facts)
