"""JSON in and out: what is read strictly, and numbers that leave as they were written."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from math import isfinite
from typing import Any

import orjson
import simplejson

from framed.errors import Code, FramedError

MAX_DEPTH = 100  # what can be read must also be written, and Python's stack ends near 1,000
MAX_VALUES = 100_000  # in one body
VALUES_OF_ITEM = 500  # that an item of a batch may add: all EXIF fields, some of them lists
MAX_DIGITS = 400  # more than any float has
_STRICT = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
_TOO_DEEP = f"The JSON is nested deeper than {MAX_DEPTH} levels."


def read_json(data: str | bytes) -> Any:
    """The value of a JSON body; NaN, infinity and anything that is not UTF-8 are refused."""
    return _read(data, {"parse_int": _whole_number}, MAX_VALUES)


def read_json_verbatim(data: str | bytes, most: int = MAX_VALUES) -> Any:
    """The same, but every number stays the text it was, so that `write_json` repeats it.

    More than `most` values are refused.
    """
    numbers = {"parse_float": simplejson.RawJSON, "parse_int": simplejson.RawJSON}
    return _read(data, numbers, most)


def values_of_batch(items: int) -> int:
    """How many values the body of a batch of up to `items` may hold."""
    return MAX_VALUES + VALUES_OF_ITEM * items


def values_in(data: bytes) -> int:
    """About how many values a piece of JSON holds: one behind each comma and opening bracket."""
    return sum(data.count(mark) for mark in (b",", b"[", b"{"))


def text_of(data: bytes) -> str:
    """The text of a JSON body; raises `invalid_json` where it is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        raise FramedError(
            Code.INVALID_JSON, f"The body is not UTF-8 (byte {bad.start}); send JSON as UTF-8."
        ) from None


def _read(data: str | bytes, options: dict[str, Any], most: int) -> Any:
    text = data if isinstance(data, str) else text_of(data)
    if sum(map(text.count, ",[{")) > most:
        raise FramedError(
            Code.INVALID_JSON, f"The JSON holds more than {most} values; send it in several parts."
        )
    try:
        value = simplejson.loads(text, parse_constant=_no_constant, **options)
    except simplejson.JSONDecodeError as bad:
        raise FramedError(
            Code.INVALID_JSON,
            f"The body is not JSON: {bad.msg} (line {bad.lineno}, column {bad.colno}).",
        ) from None
    except RecursionError:
        raise FramedError(Code.INVALID_JSON, _TOO_DEEP) from None
    except ValueError as bad:
        raise FramedError(Code.INVALID_JSON, f"The body is not JSON: {bad}.") from None
    _check_depth(value)
    return value


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return
    raise FramedError(Code.INVALID_JSON, _TOO_DEEP)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list | tuple) else ()


def _whole_number(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS} digits")
    return int(digits)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not allowed in JSON")


def _is_finite(value: Any) -> bool:
    if isinstance(value, float):
        return isfinite(value)
    return all(map(_is_finite, _inside(value)))


def write_json(value: Any) -> bytes:
    """`value` as UTF-8 JSON; NaN and infinity raise ValueError."""
    with suppress(TypeError):  # a number as it was written, half of a surrogate pair
        written = orjson.dumps(value, option=_STRICT)
        if b"null" not in written or _is_finite(value):  # it writes NaN as null, too
            return written
    try:
        return _dump(value, ascii_only=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair came in escaped and leaves escaped
        return _dump(value, ascii_only=True).encode()


def _dump(value: Any, *, ascii_only: bool) -> str:
    text: str = simplejson.dumps(
        value, ensure_ascii=ascii_only, allow_nan=False, separators=(",", ":")
    )
    return text
