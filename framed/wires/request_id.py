"""The name of a request: what answer, log and trace have in common."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable

HEADER = b"x-request-id"
_USABLE = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")


def request_id_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The id that the caller sent, where it breaks no header, log or page; else a new one."""
    sent = dict(headers).get(HEADER, b"")
    return str(sent.decode()) if _USABLE.fullmatch(sent) else uuid.uuid4().hex
