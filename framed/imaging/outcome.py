"""What became of a photo, on its way from a child: a line of JSON, then plain pixels.

The child has read a stranger's file with decoders that have had holes. So nothing that it says is
unpickled, and what it says is taken only in the shape that it must have.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from math import isfinite, prod
from typing import IO, Any

import numpy as np

from framed.errors import FramedError
from framed.imaging.prepare import Prepared
from framed.photo import (
    GRAIN_RINGS,
    THUMBNAIL_SIDE,
    FileFacts,
    Grain,
    Likeness,
    PhotoFacts,
    Pixels,
    Tones,
    Views,
)

LONGEST_LINE = 65_536  # bytes
MOST_PIXEL_BYTES = 256 * 2**20  # of all views together; they take a few MiB


def write_outcome(file: IO[bytes], outcome: Prepared | FramedError) -> None:
    """To be read by `read_outcome`."""
    if isinstance(outcome, FramedError):
        _write_line(file, {"error": outcome.as_value()})
    else:
        views = outcome.views
        _write_line(
            file,
            {
                "facts": asdict(outcome.facts),
                "squares": [[side, each.shape] for side, each in views.squares.items()],
                "planes": [[name, each.shape] for name, each in views.planes.items()],
                "regions": views.regions,
                "tones": views.tones and asdict(views.tones),
                "likeness": views.likeness and _said_of(views.likeness),
            },
        )
        thumbnail = (views.likeness.thumbnail,) if views.likeness else ()
        for each in (*views.squares.values(), *views.planes.values(), *thumbnail):
            file.write(np.ascontiguousarray(each).data)
    file.flush()


def read_outcome(file: IO[bytes]) -> Prepared | FramedError:
    """What was written; raises EOFError where it breaks off, ValueError where it is something else.

    Waits for as long as the writer takes.
    """
    line = file.readline(LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise EOFError("the outcome breaks off")
    try:
        said = json.loads(line)
        if "error" in said:
            return FramedError.from_value(said["error"])
        return Prepared(_facts(said["facts"]), _views(file, said))
    except (LookupError, TypeError, AttributeError) as fault:
        raise ValueError("no outcome") from fault


def _write_line(file: IO[bytes], value: Any) -> None:
    file.write(json.dumps(value).encode() + b"\n")


def _facts(said: dict[str, Any]) -> PhotoFacts:
    return PhotoFacts(
        original_size=_size(said["original_size"]),
        decoded_size=_size(said["decoded_size"]),
        format=str(said["format"]),
        applied=tuple(map(str, said["applied"])),
        sha256=str(said["sha256"]),
    )


def _size(said: list[int]) -> tuple[int, int]:
    width, height = map(int, said)
    return width, height


def _views(file: IO[bytes], said: dict[str, Any]) -> Views:
    shapes = [tuple(map(int, shape)) for _, shape in (*said["squares"], *said["planes"])]
    if any(side < 0 for shape in shapes for side in shape):
        raise ValueError("no shape")
    if sum(map(prod, shapes)) > MOST_PIXEL_BYTES:
        raise ValueError("more pixels than views have")
    pixels = iter([_pixels(file, shape) for shape in shapes])
    return Views(
        squares={int(side): next(pixels) for side, _ in said["squares"]},
        planes={name: next(pixels) for name, _ in said["planes"]},
        regions=tuple((int(x), int(y), int(w), int(h)) for x, y, w, h in said["regions"]),
        tones=None if said["tones"] is None else _tones(said["tones"]),
        likeness=None if said["likeness"] is None else _likeness(file, said["likeness"]),
    )


def _tones(said: dict[str, Any]) -> Tones:
    return Tones(**{name: _number(value) for name, value in said.items() if value is not None})


def _said_of(likeness: Likeness) -> dict[str, Any]:
    """A likeness without its thumbnail, whose pixels come last of all."""
    return {
        "digest": likeness.digest,
        "sharpness": list(likeness.sharpness.items()),
        "noise": likeness.noise,
        "file": asdict(likeness.file),
        "grain": asdict(likeness.grain),
    }


def _likeness(file: IO[bytes], said: dict[str, Any]) -> Likeness:
    of_file = said["file"]
    camera, numbers = of_file["camera"], (of_file["quantisation"], of_file["taken"])
    quantisation, taken = (None if value is None else _number(value) for value in numbers)
    return Likeness(
        thumbnail=_pixels(file, (THUMBNAIL_SIDE, THUMBNAIL_SIDE)),
        digest=str(said["digest"]),
        sharpness={int(side): _number(value) for side, value in said["sharpness"]},
        noise=_number(said["noise"]),
        file=FileFacts(
            int(of_file["bytes"]), quantisation, None if camera is None else str(camera), taken
        ),
        grain=_grain(said["grain"]),
    )


def _grain(said: dict[str, Any]) -> Grain:
    spectrum = tuple(map(_number, said["spectrum"]))
    if len(spectrum) != GRAIN_RINGS:
        raise ValueError("no outcome: that is no spectrum")
    numbers = {name: _number(said[name]) for name in ("step", "blocks", "repeats", "polychromy")}
    return Grain(int(said["side"]), spectrum, **numbers)


def _number(value: Any) -> float:
    number = float(value)
    if not isfinite(number):
        raise ValueError("no outcome: that is no number")
    return number


def _pixels(file: IO[bytes], shape: tuple[int, ...]) -> Pixels:
    data = file.read(prod(shape))
    if len(data) < prod(shape):
        raise EOFError("the outcome breaks off")
    return np.frombuffer(data, np.uint8).reshape(shape)
