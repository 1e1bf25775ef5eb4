"""What crosses between processes: any value of ours packed as bytes, and errors as values.

BentoML turns dataclasses inside a dict into plain dicts on their way; packed, they arrive as they
left. Packing is pickle: it stays between the processes of one server, on its own sockets.
"""

from __future__ import annotations

import logging
import pickle
from collections.abc import Awaitable
from typing import Any

from framed.errors import FramedError, runner_failed

# BentoML's default closes the shared session every 100 calls, under calls in flight.
KEEP_SESSION = {"max_requests": 10**9, "max_age": 1e9}


def pack(value: Any) -> bytes:
    """`value` as bytes."""
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


def unpack(parcel: bytes) -> Any:
    """The value again."""
    return pickle.loads(parcel)


async def answer_packed(answer: Awaitable[Any], logger: logging.Logger) -> dict[str, bytes]:
    """`{"value": …}` packed, or `{"error": …}` for a `FramedError` or anything unforeseen."""
    try:
        return {"value": pack(await answer)}
    except FramedError as refusal:
        return {"error": pack(refusal.as_value())}
    except Exception:  # a door between processes: the trace stays here, the caller gets a code
        logger.exception("a call failed")
        return {"error": pack(runner_failed().as_value())}


def open_answer(parcel: dict[str, bytes]) -> Any:
    """The answer that `answer_packed` sent; raises the `FramedError` it sent instead."""
    if "error" in parcel:
        raise FramedError.from_value(unpack(parcel["error"]))
    return unpack(parcel["value"])
