"""What the routes of others have in common: a JSON object in, the model's name in the headers.

Their bodies have no room for the model that answered; a header has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container, Coroutine, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from framed.errors import Code, FramedError
from framed.intake.guard import UrlGuard
from framed.intake.inline import from_text
from framed.intake.reference import from_reference
from framed.photo import PhotoBytes
from framed.results import ClipFacts
from framed.routes.bodies import whole_text
from framed.routes.context import Context
from framed.routes.desk import Desk
from framed.routes.fetching import fetched
from framed.routes.incoming import read_query
from framed.routes.limits import body_kind
from framed.settings import Settings
from framed.size_limit import SizeLimit
from framed.telemetry.stages import stage
from framed.wires.body import read_json
from framed.wires.parameters import Parameters
from framed.wires.preprocessing import preprocessing_hash

IMAGE = "image"
TEXT_IMAGE = {
    "type": "string",
    "description": "base64, or a data URI; line breaks are allowed. `FRAMED_MAX_PHOTO_BYTES` "
    "at most, 32 MiB unless the operator says otherwise.",
}
Found = TypeVar("Found")
MODEL_HEADERS = ("X-Model", "X-Model-Revision", "X-Preprocessing")
REMARK_HEADER, ERRORS_HEADER = "X-Remark", "X-Errors"
FOREIGN_HEADERS = (*MODEL_HEADERS, REMARK_HEADER, ERRORS_HEADER)


async def read_object(request: Request, nulls: Container[str] = ()) -> dict[str, Any]:
    """The members of a JSON body, and of the query where the body has none of that name."""
    given = await read_members(request, nulls)
    return {**await read_query(request), **given}


async def read_members(request: Request, nulls: Container[str] = ()) -> dict[str, Any]:
    """The members of a JSON body; `null` means not given, but for those of `nulls`.

    A body without a declared type is taken for JSON.
    """
    content_type = request.headers.get("content-type", "")
    if content_type and body_kind(content_type) != "json":
        raise FramedError(
            Code.INVALID_BODY,
            "Send a JSON object, declared as Content-Type: application/json; a photo stands in it "
            "as base64.",
        )
    with stage("intake"):
        value = await asyncio.to_thread(read_json, await whole_text(request))
    if not isinstance(value, dict):
        raise FramedError(Code.INVALID_BODY, "Send a JSON object.")
    return {name: each for name, each in value.items() if each is not None or name in nulls}


async def photo_in(given: Mapping[str, Any], settings: Settings) -> PhotoBytes:
    """The photo in `image`, within `most_bytes`; it is never fetched and never opened."""
    image = given.get(IMAGE)
    if image is None:
        raise FramedError(Code.NO_PHOTO, "There is no photo; send it as base64 in 'image'.")
    if not isinstance(image, str):
        raise FramedError(Code.INVALID_BASE64, "'image' must be one text of base64.")
    return await asyncio.to_thread(from_text, image, most_bytes(settings))


def most_bytes(settings: Settings) -> SizeLimit:
    """How large a photo may be on these routes."""
    return settings.photo_limits.single


async def referenced(text: str, guard: UrlGuard, limit: SizeLimit, context: Context) -> PhotoBytes:
    """`from_reference` for one photo of a request, which holds what is fetched for it."""
    return await fetched(context, partial(from_reference, text, guard, limit))


async def together(asked: Iterable[Coroutine[Any, Any, Found]]) -> list[Found]:
    """What all of `asked` give, in order, worked on at the same time.

    The first failure by place, not by time, is raised, and the others are cancelled.
    """
    tasks = [asyncio.ensure_future(each) for each in asked]
    try:
        return [await task for task in tasks]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def named(response: Response, facts: ClipFacts) -> Response:
    """`response`, with the model that made it in its headers."""
    values = (facts.model_id, facts.revision, preprocessing_hash(facts))
    for name, value in zip(MODEL_HEADERS, values, strict=True):
        response.headers[name] = value.encode("ascii", "backslashreplace").decode()
    return response


def remarked(response: Response, *remarks: str | None) -> Response:
    """`response`, with what is to be said of the request in a header; None: nothing is."""
    if said := " ".join(each for each in remarks if each):
        response.headers[REMARK_HEADER] = said.encode("ascii", "backslashreplace").decode()
    return response


async def served(names: Iterable[str], desk: Desk) -> str | None:
    """The first of `names` that is served here; None where none is."""
    for name in names:
        try:
            await desk.model.facts(name)
        except FramedError as refusal:
            if refusal.code is not Code.UNKNOWN_MODEL:
                raise
        else:
            return name
    return None


def log_fields(facts: ClipFacts) -> dict[str, Any]:
    """Which model worked, where, at which size."""
    return {"model": facts.model_id, "device": facts.device, "size": facts.default_size}


def object_of(kind: type[Parameters], **more: dict[str, Any]) -> dict[str, Any]:
    """The schema of a JSON object of `more` and `kind`'s fields, those it needs marked."""
    schema = kind.model_json_schema()
    return {
        "type": "object",
        "properties": {**more, **schema["properties"]},
        "required": [*more, *schema.get("required", ())],
    }
