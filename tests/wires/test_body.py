"""JSON in and out: strict in, numbers out as they were written."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from framed.errors import Code, FramedError
from framed.questions import RankQuestion
from framed.wires.body import (
    MAX_VALUES,
    read_json,
    read_json_verbatim,
    values_in,
    values_of_batch,
    write_json,
)

NUMBERS = [
    "1.0",
    "1.10",
    "1e5",
    "1E+05",
    "-0.0",
    "-0",
    "12345678901234567890123",
    "0.1234567890123456789",
    "1.7976931348623157e999",
    "1e-400",
]
READERS = pytest.mark.parametrize("read", [read_json, read_json_verbatim])


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_leave_as_they_came(number: str) -> None:
    """Trailing zeros, exponents, signs and digits beyond a double stay, wherever they stand."""
    text = f'{{"a":{number},"b":[{number},{{"c":{number}}}]}}'.encode()
    assert write_json(read_json_verbatim(text)) == text


def test_everything_else_is_plain_json() -> None:
    """Both readers and the writer agree with the standard library on the rest."""
    text = '{"a":[true,false,null,"",{"é\\u2028\\n\\"":"\\ud83d\\ude00"}],"":{}}'
    assert read_json(text.encode()) == read_json_verbatim(text.encode()) == json.loads(text)
    assert json.loads(write_json(json.loads(text))) == json.loads(text)


def test_order_is_kept_and_the_last_of_two_counts() -> None:
    """As every JSON reader of the older services did."""
    assert write_json(read_json_verbatim(b'{"b":1,"a":2,"b":3}')) == b'{"b":3,"a":2}'


def test_text_is_written_as_utf8() -> None:
    """Not as escapes, which triple its size."""
    assert write_json({"label": "été ☃"}) == '{"label":"été ☃"}'.encode()


@READERS
@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_in_json_is_refused(read: type, word: str) -> None:
    """NaN and infinity come from careless writers and poison what follows."""
    with pytest.raises(FramedError, match=word) as refused:
        read(f'{{"a": [{word}]}}'.encode())
    assert refused.value.code is Code.INVALID_JSON


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_nor_is_it_ever_written(value: float) -> None:
    """An answer that would hold one fails rather than leave."""
    for body in ({"a": [value]}, {"a": [None, (value,)]}, value):
        with pytest.raises(ValueError, match="not JSON compliant"):
            write_json(body)


def test_what_json_does_not_know_is_not_made_up() -> None:
    """A value of ours, or a date, is a fault of whoever put it there."""
    for value in (datetime.now(UTC), RankQuestion()):
        with pytest.raises(TypeError):
            write_json({"a": value})


def test_nothing_is_written_as_null() -> None:
    """Beside numbers of any kind, those as they were written included."""
    assert write_json({"deg": None, "x": [1.5, -0.0, 10**30]}) == (
        b'{"deg":null,"x":[1.5,-0.0,1000000000000000000000000000000]}'
    )


@READERS
def test_a_byte_order_mark_is_overlooked(read: type) -> None:
    """Some editors write one."""
    assert read(b'\xef\xbb\xbf{"a": "b"}') == {"a": "b"}


@READERS
@pytest.mark.parametrize(
    "data",
    [b"", b" ", b"{", b'{"a": }', b"{'a': 1}", b"[1,]", b"{} {}", b'"a\n"', b"01", b"+1", b"nul"],
    ids=ascii,
)
def test_what_is_no_json_is_refused_with_its_place(read: type, data: bytes) -> None:
    """The message says where the reader stopped."""
    with pytest.raises(FramedError, match=r"line \d+, column \d+") as refused:
        read(data)
    assert refused.value.code is Code.INVALID_JSON


@READERS
@pytest.mark.parametrize(
    "data", [b'{"a": "\xff"}', '{"a": "é"}'.encode("latin-1"), '{"a": 1}'.encode("utf-16")]
)
def test_what_is_no_utf8_is_refused(read: type, data: bytes) -> None:
    """No guess is made at another encoding."""
    with pytest.raises(FramedError, match="UTF-8") as refused:
        read(data)
    assert refused.value.code is Code.INVALID_JSON


def test_half_a_pair_leaves_escaped_as_it_came() -> None:
    """A lone surrogate cannot be UTF-8; escaped it can go on its way."""
    text = b'{"name":"\\ud83d","label":"\\u00e9"}'
    assert read_json(write_json(read_json(text))) == {"name": "\ud83d", "label": "é"}
    assert b"\\ud83d" in write_json(read_json(text))


@READERS
@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}")])
def test_deep_nesting_is_refused(read: type, opens: str, closes: str) -> None:
    """A hundred thousand brackets are an answer, not the end of the process."""
    data = (opens * 100_000 + "1" + closes * 100_000).encode()
    with pytest.raises(FramedError, match="nested deeper") as refused:
        read(data)
    assert refused.value.code is Code.INVALID_JSON


def test_a_number_of_endless_digits_is_refused_or_kept() -> None:
    """Read as a number it is an answer; verbatim it goes through."""
    digits = b"9" * 10_000
    with pytest.raises(FramedError) as refused:
        read_json(digits)
    assert refused.value.code is Code.INVALID_JSON
    assert write_json(read_json_verbatim(digits)) == digits


@READERS
@pytest.mark.parametrize("piece", [b"1,", b"[],", b'{"a":{}},', b"[[[[]]]],"])
def test_many_values_are_refused(read: type, piece: bytes) -> None:
    """Each takes memory beside its few bytes; so do those that no comma stands before."""
    count = MAX_VALUES // values_in(piece) + 1
    assert read(b"[" + piece * (count - 2) + b"1]")
    with pytest.raises(FramedError, match="more than") as refused:
        read(b"[" + piece * count + b"1]")
    assert refused.value.code is Code.INVALID_JSON


def test_the_values_that_are_allowed_grow_with_a_batch() -> None:
    """A thousand artifacts with three hundred EXIF fields each, some of them lists."""
    assert values_of_batch(1000) >= 1000 * 300 * 1.5
    assert values_of_batch(0) == MAX_VALUES
    text = "[" + "1," * (MAX_VALUES + 10) + "1]"
    assert len(read_json_verbatim(text, values_of_batch(1))) == MAX_VALUES + 11
    with pytest.raises(FramedError, match=f"more than {MAX_VALUES} values"):
        read_json_verbatim(text)
