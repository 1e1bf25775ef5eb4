"""`/classify`, `/labels`, `/reload`."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response

from framed.errors import Code, FramedError
from framed.intake.inline import from_text
from framed.intake.upload import from_body
from framed.photo import PhotoBytes
from framed.routes.answering import json_response
from framed.routes.context import context_of
from framed.routes.described import (
    BINARY,
    answered,
    form_of,
    query_parameters,
    request_body,
)
from framed.routes.desk import desk_of
from framed.routes.incoming import Incoming, files_of, read_query, read_request
from framed.routes.limits import one_photo
from framed.routes.logged import answer_fields
from framed.routes.parts import photo_from
from framed.routes.place import Place
from framed.settings import Settings
from framed.wires.labelling import (
    BankParameters,
    ClassifyParameters,
    bank_parameters,
    classify_body,
    classify_question,
    labels_body,
    reload_body,
)
from framed.wires.labelling_described import CLASSIFIED, LABELS, RELOADED

router = APIRouter(tags=["labels"])

FILE, IMAGE = "file", "image"
_TEXT_IMAGE = {"type": "string", "description": "base64, or a data URI"}


@router.post(
    "/classify",
    summary="Rank labels against one photo",
    responses=answered(CLASSIFIED),
    openapi_extra={
        "parameters": query_parameters(ClassifyParameters),
        "requestBody": request_body(
            multipart_form__data=form_of(ClassifyParameters, file=BINARY),
            application_json=form_of(ClassifyParameters, image=_TEXT_IMAGE),
            image_jpeg=BINARY,
        ),
    },
)
async def classify(request: Request) -> Response:
    """A bank's labels, or your own, by how well they fit the photo."""
    desk, context = desk_of(request), context_of(request)
    known = {*ClassifyParameters.model_fields, FILE, IMAGE}
    largest = one_photo(desk.settings, "json")
    incoming = await read_request(request, known, text_bytes=largest)
    question = await desk.banks.named(classify_question(incoming.without(FILE, IMAGE)))
    photo = await _photo(incoming, desk.settings, context.place)
    found = await desk.classify.answer(photo, question)
    context.log |= answer_fields(found)
    return json_response(classify_body(found, context.request_id, question))


@router.get(
    "/labels",
    summary="Labels and templates of a bank",
    responses=answered(LABELS),
    openapi_extra={"parameters": query_parameters(BankParameters)},
)
async def labels(request: Request) -> Response:
    """What a bank holds, and which banks there are."""
    asked = bank_parameters(await read_query(request))
    bank, names = await desk_of(request).banks.labels(asked.bank, asked.model)
    return json_response(labels_body(bank, names))


async def reload(request: Request) -> Response:
    """Read the label files again and swap the banks in without a gap."""
    desk, context = desk_of(request), context_of(request)
    incoming = await read_request(request, BankParameters.model_fields)
    if incoming.raw and incoming.kind == "raw":
        raise FramedError(Code.INVALID_BODY, 'Send JSON {"bank": name}, or no body at all.')
    asked = bank_parameters(incoming.fields)
    reports = await desk.banks.reload(asked.bank, asked.model)
    context.log |= {"banks": {report.bank: report.checksum for report in reports}}
    return json_response(reload_body(reports, context.request_id))


for _path in ("/reload", "/reload-labels"):
    router.add_api_route(
        _path,
        reload,
        methods=["POST"],
        summary="Reload label banks",
        responses=answered(RELOADED),
        openapi_extra={
            "requestBody": {
                **request_body(application_json=form_of(BankParameters)),
                "required": False,
            }
        },
    )


async def _photo(incoming: Incoming, settings: Settings, place: Place) -> PhotoBytes:
    limit = settings.photo_limits.single
    if IMAGE in incoming.fields and (incoming.files or incoming.kind == "raw"):
        raise FramedError(
            Code.INVALID_PARAMETER, "Send one photo: as a file, or as base64 in 'image', not both."
        )
    if incoming.kind == "multipart" and IMAGE not in incoming.fields:
        part = files_of(incoming, FILE, 1)[0]
        return await photo_from(part, place, limit)
    if incoming.kind == "raw":
        return from_body(incoming.raw, incoming.content_type, limit)
    if FILE in incoming.fields:
        files_of(incoming, FILE)
    return await asyncio.to_thread(from_text, _image_text(incoming), limit)


def _image_text(incoming: Incoming) -> str:
    image = incoming.fields.get(IMAGE)
    if image is None:
        raise FramedError(
            Code.NO_PHOTO, "There is no photo; send it as base64 in 'image', or as a file."
        )
    if not isinstance(image, str):
        raise FramedError(Code.INVALID_BASE64, "'image' must be one text of base64.")
    return image
