"""`/api/v1/vision/labels`, so that PhotoPrism can ask here what is in its photos."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from framed.intake.guard import UrlGuard
from framed.routes.answering import json_response
from framed.routes.context import context_of
from framed.routes.described import answered, query_parameters, request_body
from framed.routes.desk import desk_of
from framed.routes.foreign import (
    most_bytes,
    named,
    object_of,
    read_members,
    referenced,
    served,
    together,
)
from framed.routes.incoming import read_query
from framed.routes.logged import label_fields, model_fields
from framed.wires.foreign_described import VISION_LABELS
from framed.wires.photoprism import (
    Shown,
    VisionParameters,
    id_of,
    labels_question,
    model_names,
    pictures,
    vision_body,
    vision_errors,
    vision_question,
)

router = APIRouter(tags=["labels"])


@router.post(
    "/api/v1/vision/labels",
    summary="Labels of a photo, in PhotoPrism's schema",
    responses=answered(VISION_LABELS),
    openapi_extra={
        "parameters": query_parameters(VisionParameters),
        "requestBody": request_body(application_json=object_of(VisionParameters)),
    },
)
async def vision_labels(request: Request) -> Response:
    """The best labels of a bank. What is not PhotoPrism's stands in the address set there."""
    desk, context = desk_of(request), context_of(request)
    given, address = await read_members(request), await read_query(request)
    asked_id = id_of({**given, **address}) or context.request_id
    context.errors = vision_errors(asked_id)
    asked = vision_question(given, address)
    model = address.get("model") or await served(model_names(asked), desk)
    facts = await desk.model.facts(model)
    bank = await desk.banks.bank(asked.bank, model)  # refused before anything is fetched
    shown = Shown.of(asked, bank)
    guard, limit = UrlGuard.of(desk.settings), most_bytes(desk.settings)
    photos = await together(referenced(each, guard, limit, context) for each in pictures(asked))
    question = labels_question(asked, model)
    found = await together(desk.classify.answer(photo, question) for photo in photos)
    context.log |= {"photos": len(photos), **model_fields(found[0]), **label_fields(found[0])}
    body = vision_body(found, facts.revision, asked_id, shown, asked.threshold)
    return named(json_response(body), facts)
