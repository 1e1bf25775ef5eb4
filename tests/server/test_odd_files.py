"""Odd and hostile files get a clear answer at every door, and leave the server as it was."""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.server.conftest import SHARED
from tests.server.running import RunningServer

ODD = SHARED / "odd"
OK = "ok"
ANSWERED_SECONDS = 10.0  # far more than any file may take; a hang fails
# What the notes of the manifest allow beside its expected outcome.
ALSO_ALLOWED: Mapping[str, frozenset[str]] = {
    "arithmetic.jpg": frozenset({"unsupported_format"}),  # a decoder without arithmetic coding
    "float32.tif": frozenset({OK}),  # scaled by its maximum
    "icc_zip_bomb.png": frozenset({OK}),  # the profile ignored
    "photo.heic": frozenset({"unsupported_format"}),  # no HEIF decoder here
    "pillow_avif_hopper.heif": frozenset({"unsupported_format"}),
    "rgb16.tif": frozenset({"unsupported_mode"}),
    "truncated_last2.jpg": frozenset({OK}),  # every pixel is there
}
LOUD = ('"level": "error"', '"level": "critical"', "[ERROR]", "Traceback", "<script")
OUTSIDE_ALLOWLIST = (".ico", ".jp2", ".j2k", ".pdf", ".svg")  # may always be unsupported_format


@dataclass(frozen=True)
class Odd:
    """A file and the outcomes it may have: "ok" or the code of a refusal."""

    name: str
    data: bytes
    outcomes: frozenset[str]
    upright_size: tuple[int, int] | None = None


@dataclass(frozen=True)
class Outcome:
    """What a door said: "ok" or a code, and the upright size where the door tells it."""

    word: str
    upright_size: tuple[int, int] | None = None


def _png(width: int, height: int) -> bytes:
    """A PNG whose header claims a size that its data does not hold."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def _written(size: tuple[int, int], kind: str) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(file, kind)
    return file.getvalue()


def _self_made() -> list[Odd]:
    jpeg = _written((192, 128), "JPEG")
    refused = {
        "empty.jpg": (b"", "empty"),
        "one_byte.jpg": (b"\xff", "not_an_image"),
        "text.jpg": (b"not a photo\n" * 9, "not_an_image"),
        "page.jpg": (b"<!doctype html><script>alert(1)</script>", "not_an_image"),
        "half.jpg": (jpeg[: len(jpeg) // 2], "truncated"),
        "bomb.png": (_png(50_000, 50_000), "too_many_pixels"),
        "tower.png": (_png(1, 2_000_000), "bad_dimensions"),
    }
    served = {"one_pixel.png": (1, 1), "strip.png": (3000, 2), "named.jpg": (64, 64)}
    return [
        *(Odd(name, data, frozenset({code})) for name, (data, code) in refused.items()),
        *(Odd(name, _written(size, "PNG"), frozenset({OK}), size) for name, size in served.items()),
    ]


def _of_the_manifest() -> list[Odd]:
    if not ODD.is_dir():
        return []
    lines = (ODD / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return [_odd(json.loads(line)) for line in lines if line]


def _odd(entry: Mapping[str, Any]) -> Odd:
    name = entry["file"]
    outcomes = {OK if entry["expected"] == OK else entry["reason"]}
    outcomes |= ALSO_ALLOWED.get(name, frozenset())
    if name.endswith(OUTSIDE_ALLOWLIST):
        outcomes.add("unsupported_format")
    size = tuple(entry["upright_size"]) if "upright_size" in entry else None
    return Odd(name, (ODD / name).read_bytes(), frozenset(outcomes), size)


def _refusal(answer: httpx.Response) -> Outcome:
    assert answer.status_code == 400, answer.text
    return Outcome(answer.json()["error"]["code"])


def _multipart(client: httpx.Client, odd: Odd) -> Outcome:
    answer = client.post(
        "/classify", files={"file": (odd.name, odd.data)}, timeout=ANSWERED_SECONDS
    )
    return Outcome(OK) if answer.status_code == 200 else _refusal(answer)


def _raw(client: httpx.Client, odd: Odd) -> Outcome:
    answer = client.post(
        "/classify",
        content=odd.data,
        headers={"content-type": "image/jpeg"},
        timeout=ANSWERED_SECONDS,
    )
    return Outcome(OK) if answer.status_code == 200 else _refusal(answer)


def _batch(client: httpx.Client, odd: Odd) -> Outcome:
    answer = client.post(
        "/features", files={"files": (odd.name, odd.data)}, timeout=ANSWERED_SECONDS
    )
    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["artifacts"]
    assert item["filename"] == odd.name
    if item["features"] is None:
        return Outcome(item["error"]["code"])
    photo = item["features"]["detail"]["photo"]
    return Outcome(OK, (photo["width"], photo["height"]))


def _encoder(client: httpx.Client, odd: Odd) -> Outcome:
    answer = client.post(
        "/encode_image", files={"image": (odd.name, odd.data)}, timeout=ANSWERED_SECONDS
    )
    return Outcome(OK) if answer.status_code == 200 else _refusal(answer)


DOORS: Mapping[str, Callable[[httpx.Client, Odd], Outcome]] = {
    "multipart": _multipart,
    "raw body": _raw,
    "batch": _batch,
    "encoder": _encoder,
}


def _assert_survived(client: httpx.Client, sample: Path) -> None:
    good = client.post("/classify", files={"file": sample.read_bytes()}, timeout=ANSWERED_SECONDS)
    assert good.status_code == 200, good.text


def _assert_silent(said: str) -> None:
    """Nothing at error level, no trace, and nothing of a file's own text."""
    lines = [line for line in said.splitlines() if any(sign in line for sign in LOUD)]
    assert lines == []


def _assert_answered(client: httpx.Client, server: RunningServer, sample: Path, odd: Odd) -> None:
    said_before = len(server.text())
    outcomes = {name: door(client, odd) for name, door in DOORS.items()}
    words = {name: outcome.word for name, outcome in outcomes.items()}
    assert set(words.values()) <= odd.outcomes, words
    assert len(set(words.values())) == 1, f"the doors disagree: {words}"
    seen = outcomes["batch"].upright_size
    assert seen is None or seen == odd.upright_size
    _assert_survived(client, sample)
    _assert_silent(server.text()[said_before:])


@pytest.mark.parametrize("odd", _self_made(), ids=lambda odd: odd.name)
def test_self_made_file_is_answered(client, server, sample, odd):
    """Each door names the same outcome, and the next good photo is answered."""
    _assert_answered(client, server, sample, odd)


@pytest.mark.skipif(not ODD.is_dir(), reason=f"no odd files at {ODD}")
@pytest.mark.parametrize("odd", _of_the_manifest(), ids=lambda odd: odd.name)
def test_file_of_the_manifest_is_answered(client, server, sample, odd):
    """Each door gives the outcome that the manifest expects, or one that its note allows."""
    _assert_answered(client, server, sample, odd)


@pytest.mark.skipif(not ODD.is_dir(), reason=f"no odd files at {ODD}")
def test_alternatives_are_for_files_that_are_there():
    """No allowance outlives the file it was made for."""
    assert set(ALSO_ALLOWED) <= {odd.name for odd in _of_the_manifest()}
