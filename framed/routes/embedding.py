"""`/embed`, `/anomaly-score`, `/similarity`, `/batch-similarity`: photos in JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response

from framed.answers.compare import Likeness, Vectors
from framed.photo import PhotoBytes
from framed.routes.answering import json_response
from framed.routes.context import context_of
from framed.routes.described import answered, request_body
from framed.routes.desk import Desk, desk_of
from framed.routes.foreign import (
    IMAGE,
    TEXT_IMAGE,
    log_fields,
    named,
    object_of,
    photo_in,
    read_object,
    remarked,
)
from framed.wires.embedding import (
    AnomalyParameters,
    BatchSimilarityParameters,
    EmbedParameters,
    SimilarityParameters,
    anomaly_body,
    anomaly_question,
    batch_similarity_body,
    batch_similarity_question,
    embed_body,
    embed_question,
    similarity_body,
    similarity_question,
)
from framed.wires.embedding_described import ANOMALY, EMBEDDED, SIMILARITIES, SIMILARITY
from framed.wires.long_texts import beginning, is_long, remark_of
from framed.wires.parameters import Parameters

Asked = TypeVar("Asked", bound=EmbedParameters)

router = APIRouter(tags=["embeddings"])


def _takes(kind: type[Parameters]) -> dict[str, Any]:
    body = object_of(kind, **{IMAGE: TEXT_IMAGE})
    return {"requestBody": request_body(application_json=body)}


@router.post(
    "/embed",
    summary="A photo's embedding",
    responses=answered(EMBEDDED),
    openapi_extra=_takes(EmbedParameters),
)
async def embed(request: Request) -> Response:
    """A unit vector. `X-Model` and `X-Model-Revision` say whose it is."""
    desk = desk_of(request)
    asked, photo = await _read(request, embed_question)
    found = await desk.compare.vectors([photo], (), _model(asked, desk), asked.decode)
    return _answer(request, found, embed_body(found.photos[0], found.milliseconds))


@router.post(
    "/anomaly-score",
    summary="How far a photo is from what is normal",
    responses=answered(ANOMALY),
    openapi_extra=_takes(AnomalyParameters),
)
async def anomaly_score(request: Request) -> Response:
    """1 - cosine to the baseline, held within 0..1: 0 is as the baseline, 1 nothing like it."""
    desk = desk_of(request)
    asked, photo = await _read(request, anomaly_question)
    found = await desk.compare.with_baseline(
        photo, asked.baseline_embedding, _model(asked, desk), asked.decode
    )
    return _answer(request, found, anomaly_body(found.cosines[0], found.milliseconds))


@router.post(
    "/similarity",
    summary="How near a photo and a text are",
    responses=answered(SIMILARITY),
    openapi_extra=_takes(SimilarityParameters),
)
async def similarity(request: Request) -> Response:
    """The cosine of the photo's and the text's embeddings."""
    desk = desk_of(request)
    asked, photo = await _read(request, similarity_question)
    found = await _held_against(photo, [asked.text], asked, desk)
    body = similarity_body(found.cosines[0], found.milliseconds)
    return remarked(_answer(request, found, body), _remark([asked.text]))


@router.post(
    "/batch-similarity",
    summary="How near a photo and each of many texts are",
    responses=answered(SIMILARITIES),
    openapi_extra=_takes(BatchSimilarityParameters),
)
async def batch_similarity(request: Request) -> Response:
    """Text -> cosine, in the order sent."""
    desk = desk_of(request)
    asked, photo = await _read(request, batch_similarity_question)
    found = await _held_against(photo, asked.texts, asked, desk)
    context_of(request).log |= {"texts": len(asked.texts)}
    body = batch_similarity_body(asked.texts, found.cosines, found.milliseconds)
    return remarked(_answer(request, found, body), _remark(asked.texts))


async def _held_against(
    photo: PhotoBytes, texts: Sequence[str], asked: EmbedParameters, desk: Desk
) -> Likeness:
    read = [*map(beginning, texts)]
    return await desk.compare.with_texts(photo, read, _model(asked, desk), asked.decode)


def _remark(texts: Sequence[str]) -> str | None:
    return remark_of([*filter(is_long, texts)], len(texts))


async def _read(
    request: Request, question: Callable[[Mapping[str, Any]], Asked]
) -> tuple[Asked, PhotoBytes]:
    """What is asked and the photo; what is wrong with the question is said first."""
    given = await read_object(request)
    asked = question(given)
    return asked, await photo_in(given, desk_of(request).settings)


def _model(asked: EmbedParameters, desk: Desk) -> str | None:
    return asked.model or desk.settings.embed_model


def _answer(request: Request, found: Vectors | Likeness, body: dict[str, Any]) -> Response:
    context_of(request).log |= log_fields(found.facts)
    return named(json_response(body), found.facts)
