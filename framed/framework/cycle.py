"""One request and its response on a connection, where uvicorn's own would answer unlike ours."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from framed.errors import Code, FramedError, internal_error
from framed.framework.refusal import refusal_parts
from framed.wires.request_id import request_id_of

_CODES = {
    403: Code.FORBIDDEN,
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    503: Code.UNAVAILABLE,
    504: Code.DEADLINE,
}
_START, _BODY = "http.response.start", "http.response.body"


class Cycle(RequestResponseCycle):
    """Every refusal in plain text becomes the one error shape, those of the frameworks included.

    A connection whose sender is still in mid-body when the response begins is not kept, nor is it
    closed here: what comes on it has to be read on for a while.
    """

    _says_ours = False

    @property
    def keep_alive(self) -> bool:
        return self._keep_alive or (self.response_complete and self.more_body)

    @keep_alive.setter
    def keep_alive(self, wanted: bool) -> None:
        self._keep_alive = wanted

    @property
    def is_busy(self) -> bool:
        """Whether somebody still waits for this response."""
        return not (self.response_complete or self.disconnected)

    def abandon(self) -> None:
        """Tell the application that nobody waits; what it still sends is dropped."""
        self.disconnected = True
        self.message_event.set()

    async def send(self, message: Any) -> None:
        if self._says_ours:  # the rest of what was replaced
            return
        if not self.response_started and self.more_body:
            self._keep_alive = False
        if message["type"] == _START and _is_plain_refusal(message):
            self._says_ours = True
            await self._refuse(message["status"])
        else:
            await super().send(message)

    async def send_500_response(self) -> None:
        self._says_ours = True
        await self._refuse(500)

    async def _refuse(self, status: int) -> None:
        refusal = _in_our_words(status)
        headers, body = refusal_parts(refusal, request_id_of(self.scope["headers"]))
        start: Any = {"type": _START, "status": refusal.status, "headers": headers}
        rest: Any = {"type": _BODY, "body": body, "more_body": False}
        await super().send(start)
        await super().send(rest)


def _is_plain_refusal(message: Any) -> bool:
    if message["status"] < 400:
        return False
    kinds = [value for name, value in message.get("headers", ()) if name.lower() == b"content-type"]
    return not kinds or kinds[0].startswith(b"text/plain")


def _in_our_words(status: int) -> FramedError:
    code = _CODES.get(status, Code.INTERNAL if status >= 500 else Code.INVALID_HTTP)
    if code is Code.INTERNAL:
        return internal_error()
    waits = 5 if code is Code.UNAVAILABLE else None
    return FramedError(
        code, "The request is not one this service answers; see /docs.", retry_after=waits
    )
