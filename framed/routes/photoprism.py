"""`/api/v1/vision/labels`, so that PhotoPrism can ask here what is in its photos."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from framed.errors import Code, FramedError
from framed.intake.guard import UrlGuard
from framed.routes.answering import json_response
from framed.routes.context import context_of
from framed.routes.described import answered, request_body
from framed.routes.desk import Desk, desk_of
from framed.routes.foreign import most_bytes, named, object_of, read_object, referenced, together
from framed.routes.logged import label_fields, model_fields
from framed.wires.foreign_described import VISION_LABELS
from framed.wires.photoprism import (
    VisionParameters,
    labels_question,
    model_names,
    pictures,
    vision_body,
    vision_question,
)

router = APIRouter(tags=["labels"])


@router.post(
    "/api/v1/vision/labels",
    summary="Labels of a photo, in PhotoPrism's schema",
    responses=answered(VISION_LABELS),
    openapi_extra={"requestBody": request_body(application_json=object_of(VisionParameters))},
)
async def vision_labels(request: Request) -> Response:
    """The best labels of a bank. `bank` and `top_k` may stand in the address that is set there."""
    desk, context = desk_of(request), context_of(request)
    asked = vision_question(await read_object(request))
    model = await _served(model_names(asked), desk)
    facts = await desk.model.facts(model)
    if asked.bank is not None:  # an unknown one refuses the call before anything is fetched
        await desk.banks.labels(asked.bank, model)
    guard, limit = UrlGuard.of(desk.settings), most_bytes(desk.settings)
    photos = await together(referenced(each, guard, limit, context) for each in pictures(asked))
    question = labels_question(asked, model)
    found = await together(desk.classify.answer(photo, question) for photo in photos)
    context.log |= {"photos": len(photos), **model_fields(found[0]), **label_fields(found[0])}
    asked_id = asked.id or context.request_id
    body = vision_body(found, facts.revision, asked_id, with_match=asked.with_match)
    return named(json_response(body), facts)


async def _served(names: tuple[str, ...], desk: Desk) -> str | None:
    """The first of `names` that is served here; None, the default model, where none is."""
    for name in names:
        try:
            await desk.model.facts(name)
        except FramedError as refusal:
            if refusal.code is not Code.UNKNOWN_MODEL:
                raise
        else:
            return name
    return None
