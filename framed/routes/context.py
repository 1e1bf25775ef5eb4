"""What one request carries along: its id, the fields of its log line, and its uploaded files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

KEY = "framed"


@dataclass
class Context:
    """Made at the edge, filled by the route, written and closed when the answer has left."""

    request_id: str
    log: dict[str, Any] = field(default_factory=dict)
    uploads: list[UploadFile] = field(default_factory=list)
    left: bool = False  # the sender went away before the body was whole

    async def close(self) -> None:
        """Give memory and disk of the uploaded files back now, not when they are collected."""
        for upload in self.uploads:
            await upload.close()


def context_of(request: Request) -> Context:
    """The context that the edge put into this request."""
    context: Context = request.scope["state"][KEY]
    return context
