"""`/analyze`: a photo by web address, by path or uploaded, to labels with emoji."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from fastapi import APIRouter, Request, Response

from framed.errors import Code, FramedError
from framed.intake.guard import UrlGuard
from framed.intake.path import read_path
from framed.intake.url import from_url
from framed.photo import PhotoBytes
from framed.questions import ClassifyQuestion, RankQuestion
from framed.routes.answering import json_response
from framed.routes.context import Context, context_of
from framed.routes.described import BINARY, answered, query_parameters, request_body
from framed.routes.desk import Desk, desk_of
from framed.routes.fetching import fetched
from framed.routes.incoming import files_of, read_query, read_request
from framed.routes.logged import answer_fields
from framed.routes.parts import photo_from
from framed.wires.analyze import (
    AnalyzeParameters,
    UploadParameters,
    analyze_body,
    analyze_parameters,
    not_found,
    upload_parameters,
)
from framed.wires.foreign_described import ANALYZED

FILE = "file"
_NOT_THERE = (Code.FORBIDDEN_PATH, Code.FORBIDDEN_URL)  # a web address is no file either
_UPLOAD = {"type": "object", "properties": {FILE: BINARY}, "required": [FILE]}

router = APIRouter(tags=["labels"])


@router.get(
    "/analyze",
    summary="Labels with emoji of a photo that is named",
    responses=answered(ANALYZED),
    openapi_extra={"parameters": query_parameters(AnalyzeParameters)},
)
async def analyze(request: Request) -> Response:
    """Exactly one of `url` and `file`; labels below the least confidence are left out."""
    asked = analyze_parameters(await read_query(request))
    photo = await _named(asked, desk_of(request), context_of(request))
    return await _answer(request, photo, asked)


@router.post(
    "/analyze",
    summary="Labels with emoji of an uploaded photo",
    responses=answered(ANALYZED),
    openapi_extra={
        "parameters": query_parameters(UploadParameters),
        "requestBody": request_body(multipart_form__data=_UPLOAD),
    },
)
async def analyze_upload(request: Request) -> Response:
    """One file in the field `file`; the answer is that of `GET /analyze`."""
    incoming = await read_request(request)
    asked = upload_parameters(incoming.fields)
    part = files_of(incoming, FILE, 1)[0]
    limit = desk_of(request).settings.photo_limits.single
    photo = await photo_from(part, context_of(request).place, limit)
    return await _answer(request, photo, asked)


async def _named(asked: AnalyzeParameters, desk: Desk, context: Context) -> PhotoBytes:
    limits = desk.settings.photo_limits
    if asked.url is not None:
        fetch = partial(from_url, asked.url, UrlGuard.of(desk.settings), limits.single)
        return await fetched(context, fetch)
    assert asked.file is not None  # exactly one of the two
    try:
        roots = desk.settings.path_roots
        fetch = partial(read_path, asked.file, roots, limits.batch)
        return await fetched(context, fetch)
    except FramedError as refusal:
        raise not_found(refusal, asked.file) if refusal.code in _NOT_THERE else refusal from None


async def _answer(request: Request, photo: PhotoBytes, asked: UploadParameters) -> Response:
    desk, context = desk_of(request), context_of(request)
    names = await _names(asked, desk)
    found, emoji = await desk.analyze.answer(
        photo, asked.model, match=asked.with_match, match_threshold=asked.match_threshold
    )
    context.log |= {"origin": photo.origin, **answer_fields(found)}
    body = analyze_body(found, emoji, context.seconds, names, with_match=asked.with_match)
    return json_response(body)


async def _names(asked: UploadParameters, desk: Desk) -> Mapping[str, str] | None:
    rank = RankQuestion(bank=desk.settings.analyze_bank)
    question = ClassifyQuestion(rank, model=asked.model, language=asked.language)
    return (await desk.banks.named(question)).names
