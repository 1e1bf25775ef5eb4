"""`/features`: a batch of artifacts, one artifact, or uploaded photos."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile
from starlette.responses import StreamingResponse

from framed.answers.artifacts import enriched, photos_of, places_of
from framed.answers.batch import ItemOutcome, Wanted
from framed.errors import Code, FramedError
from framed.holding import Hold
from framed.intake.guard import UrlGuard
from framed.intake.upload import from_body, from_part
from framed.log import event
from framed.photo import PhotoBytes
from framed.questions import BatchItem, FeaturesQuestion
from framed.results import Features
from framed.routes.answer_room import check_labels_fit, item_bytes, label_bytes, too_many_labels
from framed.routes.answering import json_response
from framed.routes.bodies import whole_text
from framed.routes.context import Context, context_of
from framed.routes.described import (
    BINARY,
    form_of,
    query_parameters,
    request_body,
)
from framed.routes.desk import Desk, desk_of
from framed.routes.incoming import Incoming, files_of, read_query, read_request
from framed.routes.limits import body_kind
from framed.routes.logged import label_fields, model_fields
from framed.routes.place import no_room
from framed.settings import MIB, Settings
from framed.shown import shown
from framed.size_limit import SizeLimit
from framed.telemetry.stages import stage
from framed.wires.batch import (
    ARTIFACTS,
    FeaturesBatch,
    batch_from,
    batch_of_files,
    batch_of_one,
    stream_end,
    stream_line,
)
from framed.wires.body import read_json_verbatim, values_of_batch, write_json
from framed.wires.features import FeaturesParameters, features_question, item_body
from framed.wires.features_described import ANSWER

router = APIRouter(tags=["features"])
logger = logging.getLogger("framed.features")

FILES, FILE = "files", "file"  # the second is another name of the first
NDJSON = "application/x-ndjson"
LARGEST_TEXT = 2 * MIB  # artifacts as a form field
PHOTO_SHOWN = 200  # characters of its name, in the log
_BATCH: dict[str, Any] = {
    "type": "object",
    "description": "Any fields; every one of them is kept, in order.",
    "properties": {
        ARTIFACTS: {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "photo_id": {"type": "string"},
                    "std_uri": {"type": "string"},
                    "ranking_uri": {"type": "string"},
                    "original_uri": {"type": "string"},
                },
            },
        }
    },
}
_FORM = {
    **form_of(
        FeaturesParameters,
        **{FILES: {"type": "array", "items": BINARY}, ARTIFACTS: _BATCH["properties"][ARTIFACTS]},
    ),
    "description": "`files` (or `file`), or `artifacts` as JSON.",
    "required": [],
}


@router.post(
    "/features",
    summary="Labels and technical metrics of many photos",
    responses=ANSWER,
    openapi_extra={
        "parameters": query_parameters(FeaturesParameters),
        "requestBody": request_body(
            application_json=_BATCH, multipart_form__data=_FORM, image_jpeg=BINARY
        ),
    },
)
async def features(request: Request) -> Response:
    """Enrich each artifact or file; one that fails carries its own error, the others stand."""
    desk, context = desk_of(request), context_of(request)
    batch, photos, question = await _read(request, desk.settings)
    each = await item_bytes(desk, question)
    await context.place.hold(context.place.total + each * len(batch.items))
    streams = NDJSON in request.headers.get("accept", "").lower()
    if question.groups or not streams:
        await check_labels_fit(desk, question, len(batch.items), context.place)
    question = await desk.banks.named(question)
    run = _Run(desk, batch, photos, question, context)
    if streams:
        return StreamingResponse(run.lines(), media_type=NDJSON)
    outcomes = [done async for done in run.finished()]
    if batch.alone and isinstance(refusal := outcomes[0].outcome, FramedError):
        raise refusal
    return await asyncio.to_thread(lambda: json_response(enriched(batch, outcomes, question)))


class _Run:
    """One batch on its way: its outcomes as they come, counted and logged."""

    def __init__(
        self,
        desk: Desk,
        batch: FeaturesBatch,
        photos: list[Wanted],
        question: FeaturesQuestion,
        context: Context,
    ) -> None:
        self._outcomes = desk.batch.run(photos, question)
        self._batch = batch
        self._question = question
        self._context = context
        self._start = time.perf_counter()
        self._keeps = True  # what finished, until all have
        self._failed = 0
        self._cached = 0

    async def finished(self) -> AsyncIterator[ItemOutcome]:
        """Each item's outcome as it finishes."""
        self._log("batch started", {"items": len(self._batch.items)})
        async for done in self._outcomes:
            done = self._within_room(done)
            self._failed += isinstance(done.outcome, FramedError)
            self._log("item", _item_fields(self._batch.items[done.index], done))
            if isinstance(done.outcome, Features):
                self._cached += done.outcome.cached
                if done.outcome.classification is not None:
                    self._context.log |= model_fields(done.outcome.classification)
            yield done
        self._context.log |= self._counts()
        self._log("batch finished", self._summary())

    def _within_room(self, done: ItemOutcome) -> ItemOutcome:
        """The outcome, or a refusal where so many labels of so many items do not fit together, or
        not beside what other requests hold."""
        place, more = self._context.place, label_bytes(done.outcome)
        total = place.total + more
        if not self._keeps or not more or place.fits(total):
            return done
        return replace(done, outcome=too_many_labels() if total > place.most else no_room())

    async def lines(self) -> AsyncIterator[bytes]:
        """NDJSON: a line an item as it finishes, and a last line that says all are there."""
        self._keeps = self._question.groups
        outcomes: list[ItemOutcome] = []
        async for done in self.finished():
            outcomes += [done] if self._question.groups else []
            body = item_body(self._batch.items[done.index], done.outcome, self._question)
            yield write_json(stream_line(done.index, body)) + b"\n"
        places = await asyncio.to_thread(places_of, outcomes, self._question)
        yield write_json(stream_end(self._batch, self._failed, places)) + b"\n"

    def _counts(self) -> dict[str, int]:
        return {"items": len(self._batch.items), "failed": self._failed, "cached": self._cached}

    def _summary(self) -> dict[str, Any]:
        seconds = time.perf_counter() - self._start
        return {
            **self._counts(),
            "seconds": round(seconds, 3),
            "photos_per_s": round(len(self._batch.items) / seconds, 2),
        }

    def _log(self, message: str, fields: Mapping[str, Any]) -> None:
        event(logger, logging.INFO, message, {"rid": self._context.request_id, **fields})


async def _read(
    request: Request, settings: Settings
) -> tuple[FeaturesBatch, list[Wanted], FeaturesQuestion]:
    if body_kind(request.headers.get("content-type", "")) == "json":
        with stage("intake"):
            most = values_of_batch(settings.batch_items)
            body = await asyncio.to_thread(read_json_verbatim, await whole_text(request), most)
        question = features_question(await read_query(request))
        return _of_artifacts(body, question, settings)
    known = {*FeaturesParameters.model_fields, ARTIFACTS, FILES}
    incoming = _with_files(await read_request(request, known, text_bytes=LARGEST_TEXT))
    question = features_question(incoming.without(ARTIFACTS, FILES))
    if ARTIFACTS in incoming.fields:
        if incoming.files or FILES in incoming.fields:
            raise FramedError(
                Code.INVALID_PARAMETER, f"Send {ARTIFACTS!r} or {FILES!r}, not both in one request."
            )
        artifacts = incoming.fields[ARTIFACTS]
        listed = artifacts if isinstance(artifacts, list) else [artifacts]
        return _of_artifacts({ARTIFACTS: listed}, question, settings)
    if incoming.raw:
        photo = from_body(incoming.raw, incoming.content_type, settings.photo_limits.single)
        return batch_of_one(), [Wanted(partial(_given, photo))], question
    parts = files_of(incoming, FILES)
    batch = batch_of_files([part.filename for part in parts])
    limit = settings.photo_limits.batch
    return batch, [_wanted(part, limit) for part in parts], question


def _of_artifacts(
    body: Any, question: FeaturesQuestion, settings: Settings
) -> tuple[FeaturesBatch, list[Wanted], FeaturesQuestion]:
    batch = batch_from(body, settings.batch_items)
    guard = UrlGuard.of(settings)
    photos = photos_of(batch, settings.path_roots, guard, settings.photo_limits)
    return batch, photos, question


def _with_files(incoming: Incoming) -> Incoming:
    """What came under the one name of the photos, and under the other, is under the first."""
    files = tuple((FILES if name == FILE else name, part) for name, part in incoming.files)
    fields = {FILES if name == FILE else name: value for name, value in incoming.fields.items()}
    return replace(incoming, files=files, fields=fields)


async def _given(photo: PhotoBytes, hold: Hold) -> PhotoBytes:
    return photo


def _wanted(part: UploadFile, limit: SizeLimit) -> Wanted:
    async def fetch(hold: Hold) -> PhotoBytes:
        await hold(min(part.size or 0, limit.bytes))
        return await from_part(part, limit)

    return Wanted(fetch)


def _item_fields(item: BatchItem, done: ItemOutcome) -> dict[str, Any]:
    known = item.fields.get("photo_id") or item.fields.get("filename") or item.source
    known = shown(known, PHOTO_SHOWN) if isinstance(known, str) else None
    fields = {"index": done.index, "photo": known, "seconds": round(done.seconds, 4)}
    if isinstance(done.outcome, Features):
        about = done.outcome.classification
        labels = label_fields(about) if about is not None else {"fallback": True}
        stages = {name: round(ms, 2) for name, ms in done.outcome.stages_ms.items()}
        return {**fields, **labels, "stages_ms": stages}
    return {**fields, "code": done.outcome.code.value, "reason": done.outcome.message}
