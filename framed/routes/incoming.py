"""A request's body, read once: form, JSON or raw, with its fields and files apart."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.datastructures import UploadFile
from starlette.requests import Request

from framed.errors import Code, FramedError
from framed.routes.bodies import whole_body, whole_text
from framed.routes.context import context_of
from framed.routes.forms import read_form
from framed.routes.limits import MANY_FILES, body_kind
from framed.shown import shown
from framed.telemetry.stages import stage
from framed.wires.body import read_json, read_json_verbatim

_JSON_STARTS = ('"', "[", "{")
SMALL_TEXT = 64 * 1024  # a parameter; a photo as text or a list of artifacts may be larger


@dataclass(frozen=True)
class Incoming:
    """`fields` by name, from query and body; `files` as (field, part); `raw`: the body itself
    where it is neither."""

    kind: str
    content_type: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[tuple[str, UploadFile], ...] = ()
    raw: bytes = b""

    def without(self, *names: str) -> dict[str, Any]:
        """The fields that are left when `names` are taken out."""
        return {name: value for name, value in self.fields.items() if name not in names}


async def read_request(
    request: Request, known: Container[str] = (), *, text_bytes: int = SMALL_TEXT
) -> Incoming:
    """Query and body of a request; a JSON body must be an object here.

    A form's text value may hold at most `text_bytes`, and is read as JSON only under a `known`
    name. A parameter in both query and body is refused. `null` means not given.
    """
    content_type = request.headers.get("content-type", "")
    with stage("intake"):
        return await _read(request, content_type, known, text_bytes)


async def _read(
    request: Request, content_type: str, known: Container[str], text_bytes: int
) -> Incoming:
    kind = body_kind(content_type)
    query = await read_query(request)
    if kind in ("multipart", "urlencoded"):
        fields, files = await _form(request, kind, known, text_bytes)
        return Incoming(kind, content_type, _merged(query, fields), files)
    if kind == "json":
        fields = await asyncio.to_thread(_object, await whole_text(request))
        return Incoming(kind, content_type, _merged(query, fields))
    return Incoming(kind, content_type, query, raw=await whole_body(request))


async def read_query(request: Request) -> dict[str, Any]:
    """The query's parameters; raises `invalid_parameter` where it is not UTF-8."""
    try:
        unquote_to_bytes(request.scope["query_string"]).decode()
    except UnicodeDecodeError:
        raise FramedError(
            Code.INVALID_PARAMETER, "The query is not UTF-8; percent-encode text as UTF-8."
        ) from None
    return _grouped(request.query_params.multi_items())


def files_of(incoming: Incoming, name: str, most: int = MANY_FILES) -> list[UploadFile]:
    """The parts of the file field `name`, 1 to `most` of them.

    A text in that field is refused: it is neither fetched nor opened. So are files elsewhere.
    """
    if name in incoming.fields:
        raise FramedError(
            Code.NO_PHOTO,
            f"The field {name!r} must be a file; a text there is neither fetched nor opened.",
        )
    strange = sorted({field for field, _ in incoming.files if field != name})
    if strange:
        raise FramedError(
            Code.INVALID_PARAMETER,
            f"A file came in the field {shown(strange[0])!r}; send it in {name!r}.",
        )
    parts = [part for _, part in incoming.files]
    if not parts:
        raise FramedError(
            Code.NO_PHOTO,
            f"There is no photo; send a file in the field {name!r} of a form "
            f"(-F {name}=@photo.jpg).",
        )
    if len(parts) > most:
        raise FramedError(Code.INVALID_PARAMETER, f"Send {most} file in {name!r}, not several.")
    return parts


async def _form(
    request: Request, kind: str, known: Container[str], text_bytes: int
) -> tuple[dict[str, Any], tuple[tuple[str, UploadFile], ...]]:
    items = await read_form(request, kind, text_bytes)
    files = tuple((name, value) for name, value in items if isinstance(value, UploadFile))
    context_of(request).uploads.extend(upload for _, upload in files)
    texts = [(name, value) for name, value in items if isinstance(value, str)]
    if sum(len(value) for _, value in texts) <= SMALL_TEXT:  # no time to speak of
        return _grouped(_read_texts(texts, known)), files
    return _grouped(await asyncio.to_thread(_read_texts, texts, known)), files


def _read_texts(texts: list[tuple[str, str]], known: Container[str]) -> list[tuple[str, Any]]:
    return [(name, _form_value(text) if name in known else text) for name, text in texts]


def _form_value(text: str) -> Any:
    """A client SDK writes form values as JSON, strings included; others write them as they are.

    Numbers stay text here: the parameter they are meant for decides what they are.
    """
    if text[:1] not in _JSON_STARTS:
        return None if text == "null" else text
    try:
        return read_json_verbatim(text)
    except (FramedError, ValueError):
        return text


def _grouped(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Name -> value, or -> list of values where a name is repeated; None is left out."""
    grouped: dict[str, list[Any]] = {}
    for name, value in items:
        if value is not None:
            grouped.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in grouped.items()}


def _object(text: str) -> dict[str, Any]:
    value = read_json(text)
    if not isinstance(value, dict):
        raise FramedError(Code.INVALID_BODY, "Send a JSON object.")
    return {name: each for name, each in value.items() if each is not None}


def _merged(query: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    twice = sorted(set(query) & set(body))
    if twice:
        raise FramedError(
            Code.INVALID_PARAMETER,
            f"{shown(', '.join(twice), 200)}: given in both the query and the body; give it once.",
        )
    return {**query, **body}
