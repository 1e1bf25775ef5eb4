"""One entry of the feature cache as the bytes of its file; pure, the disk is left to others.

    {"version":{"digest":"<64 hex>","bank":...,"model":...},"features":{...}}

The digest comes first, at a fixed place, and covers every byte after it; what stands before it
is the same in all entries. So each flipped byte is noticed before anything is parsed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from framed.wires.body import write_json

ENTRY_NAME = re.compile(r"[0-9a-f]{32}-[0-9a-f]{10}\.json")
MAX_ENTRY_BYTES = 16 * 2**20  # a photo has some KiB; one with an embedding and all tiles 0.1 MiB

_DIGEST = "digest"
_HEAD = b'{"version":{"digest":"'
_TAIL_AT = len(_HEAD) + 2 * hashlib.sha256().digest_size


class DamagedEntryError(ValueError):
    """The bytes are not an entry, or not any more."""


@dataclass(frozen=True)
class Entry:
    """What is kept of a photo: its features, and all that they depend on."""

    version: Mapping[str, Any]
    features: Mapping[str, Any]


def entry_name(photo_id: str, asked: Mapping[str, Any]) -> str:
    """The file name of what was `asked` of the photo: the same for the same, in any order of keys.

    Raises `TypeError` or `ValueError` where `asked` is not JSON.
    """
    key = f"{photo_id}_features".encode("utf-8", "surrogatepass")  # an id may hold half a pair
    photo = hashlib.md5(key, usedforsecurity=False).hexdigest()
    return f"{photo}-{hashlib.sha256(_canonical(asked)).hexdigest()[:10]}.json"


def pack(version: Mapping[str, Any], features: Mapping[str, Any]) -> bytes:
    """The entry's bytes; the order of the features' keys is kept.

    Raises `TypeError` or `ValueError` for what is not JSON (NaN and infinity are not), and for a
    version that brings a digest of its own.
    """
    tail = _tail_before_features(version) + write_json(dict(features)) + b"}"
    return _HEAD + _digest(tail) + tail


def features_in(data: bytes, version: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The features of an entry; None if they were made under another version.

    Versions are compared as text, in canonical form: 1 is neither 1.0 nor true. Raises
    `DamagedEntryError`; `TypeError` or `ValueError` for a version that is not JSON.
    """
    _check(data)
    expected = _tail_before_features(version)
    if not data.startswith(expected, _TAIL_AT):
        return None
    return _object(data[_TAIL_AT + len(expected) : -1])


def unpack(data: bytes) -> Entry:
    """The entry, whatever its version; raises `DamagedEntryError`."""
    _check(data)
    whole = _object(data)
    version, features = whole.get("version"), whole.get("features")
    if len(whole) != 2 or not isinstance(version, dict) or not isinstance(features, dict):
        raise DamagedEntryError("it is not a version and features")
    del version[_DIGEST]
    return Entry(version, features)


def _check(data: bytes) -> None:
    if not data.startswith(_HEAD):
        raise DamagedEntryError("it does not begin as an entry does")
    if data[len(_HEAD) : _TAIL_AT] != _digest(data[_TAIL_AT:]):
        raise DamagedEntryError("its digest does not fit its bytes")


def _digest(tail: bytes) -> bytes:
    return hashlib.sha256(tail).hexdigest().encode()


def _tail_before_features(version: Mapping[str, Any]) -> bytes:
    if _DIGEST in version:
        raise ValueError(f"the key {_DIGEST!r} of a version is the cache's own")
    members = _canonical(version)[1:-1]
    return b'"' + (b"," + members if members else b"") + b'},"features":'


def _canonical(value: Mapping[str, Any]) -> bytes:
    """`value` as ASCII: half a surrogate pair, which has no UTF-8, survives as an escape."""
    return json.dumps(
        dict(value), sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain
    ).encode()


def _plain(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DamagedEntryError(f"it is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise DamagedEntryError("it is not a JSON object")
    return value
