"""What must hold of every answer to a hostile input."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from framed.errors import STATUS, Code
from tests.server.hostile.request import Hostile
from tests.server.hostile.sending import Answer

OVERLOADED = 503


def faults_of(asked: Hostile, answer: Answer) -> list[str]:
    """What is wrong with `answer`, in words; none where it is as promised."""
    return list(_faults(asked, answer))


VISION = "/api/v1/vision/labels"  # refuses as PhotoPrism reads it


def _faults(asked: Hostile, answer: Answer) -> Iterator[str]:
    if answer.hung:
        yield "no answer"
    elif answer.status == 0:
        if asked.framed:
            yield "the connection ended without an answer"
    elif answer.status >= 500:
        yield from _of_failure(answer)
    elif answer.status >= 400:
        yield from _of_refusal(asked.path, answer)
    elif asked.path == "/features" and answer.status == 200:
        yield from _of_items(answer)


def _of_failure(answer: Answer) -> Iterator[str]:
    if answer.status != OVERLOADED or "retry-after" not in answer.headers:
        yield f"{answer.status} {answer.body[:300]!r}"


def _of_refusal(path: str, answer: Answer) -> Iterator[str]:
    body = _read(answer.body)
    error = body.get("error") if isinstance(body, dict) else None
    if path == VISION and isinstance(error, str):
        if body.get("code") != answer.status:
            yield f"its code says {body.get('code')}"
        error = {**body, "code": body.get("error_code"), "message": error}
    if not isinstance(error, dict) or not {"code", "message", "request_id"} <= error.keys():
        yield f"no error of the one shape: {answer.status} {answer.body[:200]!r}"
        return
    if STATUS[Code(error["code"])] != answer.status:
        yield f"{error['code']} came with {answer.status}"
    if error["request_id"] != answer.headers.get("x-request-id"):
        yield "the body's request id is not the header's"
    if path == "/analyze" and body.get("status") != "error":
        yield "no envelope of the analyze service"


def _of_items(answer: Answer) -> Iterator[str]:
    lines = [_read(line) for line in answer.body.splitlines()]
    for item in (item for line in lines for item in _items(line)):
        code = (item.get("error") or {}).get("code") if isinstance(item, dict) else None
        if code is not None and STATUS[Code(code)] >= 500:
            yield f"an item failed with {code}"


def _items(body: Any) -> list[Any]:
    if not isinstance(body, dict):
        return []
    listed = body.get("artifacts")
    return listed if isinstance(listed, list) else [body.get("artifact", body)]


def _read(body: bytes) -> Any:
    with suppress(ValueError):
        return json.loads(body)
    return None
