"""What one request carries along: its id, the fields of its log line, and its uploaded files."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from framed.caller import Caller
from framed.errors import FramedError
from framed.routes.place import Place
from framed.routes.room import Room
from framed.wires.errors import ErrorBody, error_body

KEY = "framed"


@dataclass
class Context:
    """Made at the edge, filled by the route, written and closed when the answer has left."""

    request_id: str
    errors: ErrorBody = error_body  # the shape in which this route refuses
    started: float = field(default_factory=time.perf_counter)
    log: dict[str, Any] = field(default_factory=dict)
    uploads: list[UploadFile] = field(default_factory=list)
    caller: Caller | None = None  # once the door let it in
    place: Place = field(default_factory=lambda: Place(Room()))  # in memory
    places: list[Place] = field(default_factory=list)  # of photos that it fetched
    path: str = "/"  # as the routes know it
    asked_path: str = "/"  # as it came
    left: bool = False  # the sender went away before the body was whole

    @property
    def seconds(self) -> float:
        """How long the request has taken until now."""
        return time.perf_counter() - self.started

    def error_body(self, refusal: FramedError) -> dict[str, Any]:
        """The body that says `refusal` in the route's own shape."""
        return self.errors(refusal, self.request_id, self.seconds)

    async def close(self) -> None:
        """Give memory and disk of the uploaded files back now, not when they are collected."""
        for upload in self.uploads:
            await upload.close()
        for place in (self.place, *self.places):
            place.shrink(0)

    def more_place(self) -> Place:
        """A place of its own for one photo more, as long as the request lasts."""
        self.places.append(self.place.beside())
        return self.places[-1]


def context_of(request: Request) -> Context:
    """The context that the edge put into this request."""
    context: Context = request.scope["state"][KEY]
    return context
