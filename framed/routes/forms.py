"""A form's fields and files in order, from either encoding, with bounds on all that it holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any
from urllib.parse import parse_qsl

from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from framed.errors import Code, FramedError
from framed.routes.bodies import whole_body
from framed.routes.context import context_of
from framed.routes.limits import MANY_FILES, TEXT_BYTES
from framed.routes.room import Room
from framed.settings import MIB

MAX_FIELDS = 1100  # 1,000 own labels as repeated fields, and the other parameters
_FILE_IN_MEMORY = MIB
_STRAIGHT_TO_DISK = 1  # 0 would mean: never

Items = list[tuple[str, str | UploadFile]]


async def read_form(request: Request, kind: str, text_bytes: int) -> Items:
    """Name and value of each field of a body of `kind` `multipart` or `urlencoded`.

    A text holds at most `text_bytes`. The files are to be closed. Raises `invalid_body`.
    """
    if kind == "urlencoded":
        raw = await whole_body(request)
        return await asyncio.to_thread(_pairs, raw, text_bytes)
    room = context_of(request).room
    async with aclosing(_whole_parts(request)) as pieces:
        parser = _Parser(request, pieces, room, text_bytes)
        try:
            return (await parser.parse()).multi_items()
        except MultiPartException as bad:
            raise _unreadable(bad.message) from None
        finally:
            room.give_back(parser.taken)


def _pairs(raw: bytes, text_bytes: int) -> Items:
    text = raw.decode("latin-1")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise _unreadable(f"Too many fields; send {MAX_FIELDS} at most.") from None
    if any(len(value) > text_bytes for _, value in pairs):
        raise _unreadable(f"A field holds more than {text_bytes} bytes.")
    return [*pairs]


async def _whole_parts(request: Request) -> AsyncGenerator[bytes, None]:
    """The pieces of a multipart body; false ends of parts without number are refused.

    The parser looks at each of them byte by byte.
    """
    _, options = parse_options_header(request.headers.get("content-type"))
    delimiter = b"--" + options.get(b"boundary", b"")
    left = MANY_FILES + MAX_FIELDS + 1
    async with aclosing(request.stream()) as pieces:
        async for piece in pieces:
            left -= piece.count(b"\n" + delimiter)
            if left < 0:
                raise MultiPartException("Too many parts, or a boundary that its parts hold.")
            yield piece


class _Parser(MultiPartParser):
    """Starlette's parser with bounds on the memory of one request: of its files and its texts."""

    def __init__(self, request: Request, pieces: Any, room: Room, text_bytes: int) -> None:
        super().__init__(
            request.headers,
            pieces,
            max_files=MANY_FILES,
            max_fields=MAX_FIELDS,
            max_part_size=text_bytes,
        )
        self.taken = 0  # bytes of `room`
        self._room = room
        self._text_left = max(text_bytes, TEXT_BYTES)

    @property
    def spool_max_size(self) -> int:  # type: ignore[override]  # asked for once a file
        if not self._room.take(_FILE_IN_MEMORY):
            return _STRAIGHT_TO_DISK
        self.taken += _FILE_IN_MEMORY
        return _FILE_IN_MEMORY

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._current_part.file is None:
            self._text_left -= end - start
            if self._text_left < 0:
                raise MultiPartException("The texts of the form hold too much together.")
        super().on_part_data(data, start, end)


def _unreadable(why: str) -> FramedError:
    return FramedError(Code.INVALID_BODY, f"The request cannot be read: {why}")
