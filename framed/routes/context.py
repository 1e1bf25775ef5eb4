"""What one request carries along: its id, and the fields of its log line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

KEY = "framed"


@dataclass
class Context:
    """Made at the edge, filled by the route, written when the answer has left."""

    request_id: str
    log: dict[str, Any] = field(default_factory=dict)


def context_of(request: Request) -> Context:
    """The context that the edge put into this request."""
    context: Context = request.scope["state"][KEY]
    return context
