"""Odd multipart bodies around a photo."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Piece = TypeVar("Piece")

_BOUNDARY = b"frame"
_NAMES = (
    b'"file"; filename="a.jpg"',
    b'"file"; filename=""',
    b'"file"; filename="../../a.jpg"',
    b'"file"; filename="\0.jpg"',
    b'"file"; filename="\xff\xfe.jpg"',
    b'"file"; filename="' + b"a" * 9000 + b'"',
    b"\"file\"; filename*=utf-8''%ff%fe",
    b"\"file\"; filename*=nope'x'a.jpg",
    b'"file"; filename="a.jpg"; filename="b.jpg"',
    b'"file"',
    b'""; filename="a.jpg"',
    b"file; filename=a.jpg",
    b'"\xc3\x28"; filename="a.jpg"',
    b'"file\\"; filename="a.jpg"',
    b'"unknown"; filename="a.jpg"',
)
_MORE = (
    b"",
    b"Content-Type: image/jpeg; charset=utf-7\r\n",
    b"Content-Type: text/html\r\n",
    b"Content-Type: \xff\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Content-Disposition: form-data; name=other\r\n",
    b"no colon in this line\r\n",
    b"X: " + b"y" * 20_000 + b"\r\n",
    b": empty name\r\n",
)
_TYPES = (
    b"multipart/form-data; boundary=frame",
    b'multipart/form-data; boundary="frame"',
    b"Multipart/Form-Data; Boundary=frame; charset=nope",
    b"multipart/form-data; boundary=frame; charset=undefined",
    b"multipart/form-data; boundary=frame; charset=utf-16",
    b"multipart/form-data",
    b"multipart/form-data; boundary=",
    b"multipart/form-data; boundary=other",
    b"multipart/form-data; boundary=" + b"f" * 300,
    b"multipart/form-data; boundary=fr\xe9",
    b"multipart/mixed; boundary=frame",
)


def hostile_multipart(field: bytes, photo: bytes, chance: Random) -> tuple[bytes, bytes]:
    """Content-Type and body; `field` is where the route wants its photo."""
    kind, name, more = (_odd(each, chance) for each in (_TYPES, _NAMES, _MORE))
    head = b"Content-Disposition: form-data; name=" + name.replace(b"file", field, 1)
    part = b"--" + _BOUNDARY + b"\r\n" + head + b"\r\n" + more + b"\r\n" + photo + b"\r\n"
    return kind, _odd(_SHAPES, chance)(part, chance)


def _odd(each: Sequence[Piece], chance: Random) -> Piece:
    """The first of them, the good one, or now and then any."""
    return chance.choice(each) if chance.random() < 0.25 else each[0]


def _plain(part: bytes, chance: Random) -> bytes:
    return part + b"--" + _BOUNDARY + b"--\r\n"


def _unended(part: bytes, chance: Random) -> bytes:
    return part[: chance.randrange(1, len(part))]


def _many(part: bytes, chance: Random) -> bytes:
    return _plain(part * chance.choice((2, 3, 70)), chance)


def _many_fields(part: bytes, chance: Random) -> bytes:
    field = b'--frame\r\nContent-Disposition: form-data; name="top_k"\r\n\r\n3\r\n'
    return field * chance.choice((2, 1500)) + _plain(part, chance)


def _bare_newlines(part: bytes, chance: Random) -> bytes:
    return _plain(part, chance).replace(b"\r\n", b"\n")


def _around(part: bytes, chance: Random) -> bytes:
    return b"preamble\r\n" + _plain(part, chance) + b"epilogue" * 200


def _nested(part: bytes, chance: Random) -> bytes:
    inside = b"Content-Type: multipart/mixed; boundary=inner\r\n\r\n--inner\r\n\r\nx\r\n--inner--"
    return _plain(b"--frame\r\nContent-Disposition: form-data; name=file\r\n" + inside, chance)


def _nothing(part: bytes, chance: Random) -> bytes:
    return chance.choice((b"", b"--frame--\r\n", b"--frame\r\n", b"\r\n" * 500))


_SHAPES = (_plain, _unended, _many, _many_fields, _bare_newlines, _around, _nested, _nothing)
