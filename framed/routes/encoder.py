"""`/encode_image` and `/encode_text`."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile

from framed.errors import FramedError
from framed.photo import PhotoBytes
from framed.results import Embedding
from framed.routes.answering import json_response
from framed.routes.context import Context, context_of
from framed.routes.described import BINARY, answered, form_of, query_parameters, request_body
from framed.routes.desk import Desk, desk_of
from framed.routes.foreign import ERRORS_HEADER, IMAGE, log_fields, named
from framed.routes.incoming import files_of, read_request
from framed.routes.limits import TEXT_BYTES
from framed.routes.parts import photo_from
from framed.settings import Settings
from framed.wires.embedding_described import IMAGES_ENCODED, TEXTS_ENCODED
from framed.wires.encoder import (
    EncodeImageParameters,
    EncodeTextParameters,
    encode_image_question,
    encode_text_question,
    errors_of,
    images_body,
    texts_body,
)
from framed.wires.on_error import NULL, ON_ERROR, only_bad_inputs

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
    known = {*EncodeImageParameters.model_fields, IMAGE} - {ON_ERROR}  # whose null is a word
    incoming = await read_request(request, known)
    asked = encode_image_question(incoming.fields)
    parts = files_of(incoming, IMAGE)
    photos = await _photos(parts, context, desk.settings, keeps_good=asked.on_error == NULL)
    model = asked.model or desk.settings.encoder_model
    facts = await desk.model.facts(model)
    context.log |= {"photos": len(parts), **log_fields(facts)}
    rows = await _rows(photos, model, asked, desk)
    response = named(json_response(images_body(rows)), facts)
    if (errors := errors_of(rows)) is not None:
        response.headers[ERRORS_HEADER] = errors
    return response


async def _photos(
    parts: Sequence[UploadFile], context: Context, settings: Settings, *, keeps_good: bool
) -> list[PhotoBytes | FramedError]:
    """The photos in order; the first that cannot be read refuses the call, unless the good ones
    are kept."""
    photos: list[PhotoBytes | FramedError] = []
    for place, part in enumerate(parts):
        try:
            photos.append(await photo_from(part, context.place, settings.photo_limits.single))
        except FramedError as refusal:
            if not (keeps_good and refusal.is_of_the_input):
                raise refusal.at(place, len(parts)) from None
            photos.append(refusal)
    return photos


async def _rows(
    photos: Sequence[PhotoBytes | FramedError],
    model: str | None,
    asked: EncodeImageParameters,
    desk: Desk,
) -> list[Embedding | FramedError]:
    given = [each for each in photos if isinstance(each, PhotoBytes)]
    if asked.on_error != NULL:
        return [*await desk.encode.images(given, model, asked.decode)]
    encoded = iter(await desk.encode.each_image(given, model, asked.decode))
    rows = [next(encoded) if isinstance(each, PhotoBytes) else each for each in photos]
    return only_bad_inputs(rows)


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
