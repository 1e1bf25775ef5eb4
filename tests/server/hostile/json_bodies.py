"""Odd JSON: values of every wrong kind in every place, and texts that are hardly JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random
from typing import Any

_VALUES = (  # as they are written: some are no JSON
    "NaN",
    "-Infinity",
    "1e999",
    "-0",
    "1" * 390,
    "1" * 5000,
    "null",
    "true",
    "[]",
    "{}",
    '""',
    '"\\u0000"',
    '"\\ud800"',
    '"' + "x" * 3000 + '"',
    '"../../etc/passwd"',
    '"http://127.0.0.1:1/a.jpg"',
    '"data:image/png;base64,"',
    '"data:;base64,AAAA"',
    '"data:image/jpeg,%00"',
    "[" * 60 + "]" * 60,
    "[" * 3000 + "]" * 3000,
    "[1, 2.5, [3], {}]",
    '["a", "a"]',
    "[null]",
    '{"a": {"b": []}}',
    '["' + '", "'.join(map(str, range(1200))) + '"]',
    "0x10",
    "'single'",
    "",
)


def hostile_json(body: Mapping[str, Any], chance: Random) -> bytes:
    """The JSON of `body` with something wrong about it."""
    return chance.choice((_odd_value, _odd_value, _twice, _spoiled, _other_encoding, _no_object))(
        body, chance
    )


def _odd_value(body: Mapping[str, Any], chance: Random) -> bytes:
    spoiled = chance.choice([*body, "unknown", "top_k", "model", "bank", "decode"])
    members = {name: json.dumps(value) for name, value in body.items()}
    members[spoiled] = chance.choice(_VALUES)
    return _object(members.items())


def _twice(body: Mapping[str, Any], chance: Random) -> bytes:
    members = [(name, json.dumps(value)) for name, value in body.items()]
    members += [(chance.choice([*body]), chance.choice(_VALUES))]
    return _object(members)


def _spoiled(body: Mapping[str, Any], chance: Random) -> bytes:
    text = json.dumps(body).encode()
    at = chance.randrange(len(text))
    odd = chance.choice((b"\xff\xfe", b"\0", b",", b"}", b'"', b"//", b"\xed\xa0\x80"))
    return chance.choice((text[:at], text[:at] + odd + text[at:], text + odd, odd + text))


def _other_encoding(body: Mapping[str, Any], chance: Random) -> bytes:
    name = chance.choice(("utf-16", "utf-32", "utf-8-sig", "utf-7", "cp037"))
    return json.dumps(body).encode(name)


def _no_object(body: Mapping[str, Any], chance: Random) -> bytes:
    return chance.choice((*_VALUES, " " * 5000, "[" * 40_000)).encode()


def _object(members: Any) -> bytes:
    return ("{" + ", ".join(f'"{name}": {value}' for name, value in members) + "}").encode()


def plain_json(body: Mapping[str, Any]) -> bytes:
    """The JSON of `body`, with nothing wrong about it."""
    return json.dumps(body).encode()
