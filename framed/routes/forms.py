"""A form's fields and files in order, from either encoding, with bounds on all that it holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any
from urllib.parse import parse_qsl

from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from framed.errors import Code, FramedError
from framed.routes.bodies import TEXT_TIMES, whole_body
from framed.routes.charsets import check_charset
from framed.routes.context import context_of
from framed.routes.limits import MANY_FILES, TEXT_BYTES
from framed.routes.place import Place
from framed.settings import MIB

MAX_FIELDS = 1100  # 1,000 own labels as repeated fields, and the other parameters
_FILE_IN_MEMORY = MIB
_STRAIGHT_TO_DISK = 1  # 0 would mean: never
_SLICE = 64 * 1024  # bytes that are parsed in one go
_USELESS = 32 * 1024

Items = list[tuple[str, str | UploadFile]]


async def read_form(request: Request, kind: str, text_bytes: int) -> Items:
    """Name and value of each field of a body of `kind` `multipart` or `urlencoded`.

    A text holds at most `text_bytes`. The files are to be closed. Raises `invalid_body`.
    """
    if kind == "urlencoded":
        raw = await whole_body(request, parsed=True)
        return await asyncio.to_thread(_pairs, raw, text_bytes)
    check_charset(request.headers.get("content-type", ""))
    place = context_of(request).place
    async with aclosing(request.stream()) as pieces:
        parser = _Parser(request, pieces, place, text_bytes)
        try:
            items = (await parser.parse()).multi_items()
        except MultiPartException as bad:
            raise _unreadable(bad.message) from None
    place.shrink(parser.texts + sum(_in_memory(value) for _, value in items))
    return items


def _in_memory(value: str | UploadFile) -> int:
    """Bytes of a file that has not been moved to disk."""
    size = 0 if isinstance(value, str) else value.size or 0
    return size if size <= _FILE_IN_MEMORY else 0


def _pairs(raw: bytes, text_bytes: int) -> Items:
    text = raw.decode("latin-1")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise _unreadable(f"Too many fields; send {MAX_FIELDS} at most.") from None
    if any(len(value) > text_bytes for _, value in pairs):
        raise _unreadable(f"A field holds more than {text_bytes} bytes.")
    return [*pairs]


class _Parser(MultiPartParser):
    """Starlette's parser with bounds on what one request costs: memory, and bytes of no use.

    It looks byte by byte at what belongs to no part, and at each false end of one.
    """

    def __init__(self, request: Request, pieces: Any, place: Place, text_bytes: int) -> None:
        super().__init__(
            request.headers,
            self._bounded(pieces),
            max_files=MANY_FILES,
            max_fields=MAX_FIELDS,
            max_part_size=text_bytes,
        )
        self.texts = 0  # bytes that they hold, parsed
        self._place = place
        self._spooled = 0  # bytes of files that may be in memory
        self._text_left = max(text_bytes, TEXT_BYTES)
        self._ends_left = MANY_FILES + MAX_FIELDS + 1
        self._useless = 0  # bytes since the last of a part

    @property
    def spool_max_size(self) -> int:  # type: ignore[override]  # asked for once a file
        if not self._place.fits(self.texts + self._spooled + _FILE_IN_MEMORY):
            return _STRAIGHT_TO_DISK
        self._spooled += _FILE_IN_MEMORY
        return _FILE_IN_MEMORY

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._useless = 0
        super().on_header_field(data, start, end)

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._useless = 0
        if self._current_part.file is None:
            self._text_left -= end - start
            self.texts += TEXT_TIMES * (end - start)
            if self._text_left < 0:
                raise MultiPartException("The texts of the form hold too much together.")
        super().on_part_data(data, start, end)

    async def _bounded(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        _, options = parse_options_header(self.headers.get("content-type"))
        end_of_part = b"\n--" + options.get(b"boundary", b"")
        async for piece in pieces:
            self._ends_left -= piece.count(end_of_part)
            if self._ends_left < 0:
                raise MultiPartException("Too many parts, or a boundary that its parts hold.")
            for start in range(0, len(piece), _SLICE):
                if self._useless > _USELESS:
                    raise MultiPartException("Much of the body belongs to no part.")
                self._useless += min(_SLICE, len(piece) - start)
                yield piece[start : start + _SLICE]
                await self._place.hold(self.texts + self._spooled)


def _unreadable(why: str) -> FramedError:
    return FramedError(Code.INVALID_BODY, f"The request cannot be read: {why}")
