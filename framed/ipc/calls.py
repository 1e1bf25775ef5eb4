"""What is said over a connection between the front and a runner, and where it is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CALLS = "_FRAMED_CALLS"  # the environment's name of the folder of the runners' sockets
_LONGEST = 90  # bytes of a socket's path, which has a longer name first; the limit is 104 to 108


@dataclass(frozen=True)
class Call:
    """A method of the runner, asked for by `number`; `trace` (a `traceparent`) and `seconds_left`
    are those of the request that it is made for, where it has them."""

    number: int
    method: str
    arguments: tuple[Any, ...]
    trace: str | None = None
    seconds_left: float | None = None


@dataclass(frozen=True)
class Cancel:
    """Nobody waits for the answer of that number any more."""

    number: int


@dataclass(frozen=True)
class Answer:
    """What came of the call of that number: its value, or an error as `FramedError.as_value`."""

    number: int
    value: Any = None
    error: Any = None


def socket_of(runner: str) -> Path | None:
    """Where the runner of that name hears calls; None where it does not, or no path is so short."""
    if not (folder := os.environ.get(CALLS)):
        return None
    path = Path(folder) / f"{runner}.calls"
    return path if len(os.fsencode(path)) <= _LONGEST else None
