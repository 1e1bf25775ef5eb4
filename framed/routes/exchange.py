"""One request and its answer, as they go through the edge."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from framed.awaited import ClientLeftError
from framed.errors import Code, FramedError
from framed.routes.answering import refusal_response
from framed.routes.clock import Clock
from framed.routes.context import Context
from framed.routes.delivery import Delivery
from framed.routes.limits import Limits, body_kind
from framed.routes.mistyped import HEAD_BYTES, true_type
from framed.settings import Settings
from framed.wires.request_id import HEADER

DRAINED_BYTES = 64 * 2**20  # of a body that is refused, so that its sender gets to read why
DRAINED_SECONDS = 2.0
_MOST_DIGITS = 20  # of a length: Python reads no number of thousands, be they zeros
_NOT_TAKEN = "The answer was not taken, and others waited for its room in memory."


class Exchange:
    """One request and its answer: counts what comes in, marks what goes out."""

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        connection: Receive,
        delivery: Delivery,
        context: Context,
        clock: Clock,
    ) -> None:
        self.scope = scope
        self._connection = connection
        self.context = context
        self._limit = 0
        self._advice = ""  # to who sends more
        self._setting: str | None = None  # that decides it
        self._ahead: list[Message] = []  # of the body, read and not passed on yet
        self.status: int | None = None
        self.headers = dict(scope["headers"])
        self._receive = receive
        self._delivery = delivery
        self._is_over = False  # whatever the application still sends
        self._clock = clock  # of the work; the reader has another
        self._received = 0
        self._sent = 0
        self._body_ended = False
        self.fields: Callable[[], Awaitable[Sequence[tuple[bytes, bytes]]]] = _no_fields

    @property
    def body_kind(self) -> str:
        return body_kind(Headers(scope=self.scope).get("content-type", ""))  # as the routes do

    def facts(self) -> dict[str, object]:
        return {"rid": self.context.request_id, "path": self.scope["path"]}

    def bound(self, limits: Limits, settings: Settings) -> None:
        """Let no more of the body come in than its route takes of its kind.

        Raises `too_large` where more is declared.
        """
        self._limit = limits.body(settings, self.body_kind)
        self._advice = limits.how(settings, self.body_kind)
        self._setting = limits.setting(settings, self.body_kind)
        self._check_declared_length()

    async def recognise(self, limits: Limits, settings: Settings) -> None:
        """Tell by its first bytes what a body is that calls itself a form, as any may that curl
        sends. Raises what `true_type` raises."""
        if self.body_kind != "urlencoded":
            return
        self._limit, self._advice = limits.body(settings, "raw"), limits.how(settings, "raw")
        self._setting = limits.setting(settings, "raw")
        while (head := self._head()) is not None:
            if len(head) >= HEAD_BYTES or self._body_ended:
                break
            self._ahead.append(await self._next())
        if head and (kind := true_type(head[:HEAD_BYTES], limits.photo_as)):
            self._declare(kind)

    def _head(self) -> bytes | None:
        """What was read ahead; None where the sender left."""
        if any(message["type"] != "http.request" for message in self._ahead):
            return None
        return b"".join(message.get("body", b"") for message in self._ahead)

    def _declare(self, kind: str) -> None:
        rest = [each for each in self.scope["headers"] if each[0] != b"content-type"]
        headers = [*rest, (b"content-type", kind.encode())]
        self.scope = {**self.scope, "headers": headers}

    def _check_declared_length(self) -> None:
        declared = self.headers.get(b"content-length", b"0")
        if not declared.isdigit():
            return
        if int(declared.lstrip(b"0")[:_MOST_DIGITS] or b"0") > self._limit:
            raise self._too_large()

    async def receive(self) -> Message:
        return self._ahead.pop(0) if self._ahead else await self._next()

    async def _next(self) -> Message:
        if self._body_ended:  # what comes now is the end of the connection, whenever it comes
            return await self._connection()
        message = await self._receive()
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            self._body_ended = not message.get("more_body", False)
            if self._received > self._limit:
                raise self._too_large()
        return message

    @property
    def failed(self) -> bool:
        """Whether it has no whole answer, or a refusal for one."""
        return self._is_over or self.status is None or self.status >= 400

    @property
    def size(self) -> int:
        """Bytes that came in and went out."""
        return self._received + self._sent

    async def send(self, message: Message) -> None:
        if self._is_over:
            return
        if message["type"] == "http.response.start":
            try:
                is_known = await self._delivery.make_room(message)
            except FramedError as refusal:
                await self.refuse(refusal)
                self._is_over = True
                return
            message = await self._started(message, is_known=is_known)
        self._sent += len(message.get("body", b""))
        try:
            await self._delivery.send(message)
        except ClientLeftError:
            self.context.log |= {"code": "client_left", "reason": _NOT_TAKEN}
            self._is_over = True
            if message.get("more_body", False):  # more is being worked on
                raise

    async def _started(self, start: Message, *, is_known: bool) -> Message:
        self.status = start["status"]
        if is_known:
            self._clock.stop()
        mark = (HEADER, self.context.request_id.encode())
        more = (mark, *await self.fields())
        return {**start, "headers": [*start.get("headers", ()), *more]}

    async def refuse(self, refusal: FramedError, *, drain: bool = True) -> None:
        self.context.log |= {"code": refusal.code.value, "reason": refusal.message}
        if self.status is not None:  # too late: the answer has begun, so it ends cut short
            return
        if drain and b"expect" not in self.headers:  # such a sender waits for our word
            await self._drain()
        response = refusal_response(refusal, self.context)
        await response(self.scope, self._receive, self.send)

    async def _drain(self) -> None:
        """Read on for a while: a sender in mid-body would see a broken pipe, not the reason."""
        try:
            async with asyncio.timeout(DRAINED_SECONDS):
                while not self._body_ended and self._received < self._limit + DRAINED_BYTES:
                    message = await self._receive()
                    if message["type"] != "http.request":
                        return
                    self._received += len(message.get("body", b""))
                    self._body_ended = not message.get("more_body", False)
        except (TimeoutError, FramedError):
            return

    def _too_large(self) -> FramedError:
        named = {"setting": self._setting} if self._setting else {}
        return FramedError(
            Code.TOO_LARGE,
            f"The body is larger than the {self._limit} bytes this route takes: {self._advice}.",
            details={"limit_bytes": self._limit, **named},
        )


async def _no_fields() -> Sequence[tuple[bytes, bytes]]:
    return ()
