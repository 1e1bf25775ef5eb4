"""The outermost layer: request id, body limit, deadline, requests in flight, one log line.

It catches everything: an exception that left here would be answered in another shape than ours.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from framed.access.door import Door
from framed.access.sender import Sender
from framed.awaited import ClientLeftError, while_awaited
from framed.caller import Caller, working_for
from framed.deadline import ends_with
from framed.errors import Code, FramedError, internal_error, overloaded
from framed.log import event
from framed.routes.answering import refusal_response
from framed.routes.clock import Clock
from framed.routes.context import KEY, Context
from framed.routes.limits import SMALL, Limits, body_kind
from framed.routes.patience import Patience
from framed.routes.room import Room
from framed.routes.unsupported import check_supported
from framed.settings import Settings
from framed.telemetry.requests import CLIENT_LEFT, WatchedRequest
from framed.turns.turns import Turns
from framed.wires.request_id import HEADER, request_id_of

logger = logging.getLogger("framed.request")

DRAINED_BYTES = 64 * 2**20  # of a body that is refused, so that its sender gets to read why
DRAINED_SECONDS = 2.0
_MOST_DIGITS = 20  # of a length: Python reads no number of thousands, be they zeros


class Edge:
    """Wraps the web application; `limits` maps a path to what it may take."""

    def __init__(
        self, app: ASGIApp, settings: Settings, limits: Mapping[str, Limits], turns: Turns
    ) -> None:
        self._app = app
        self._settings = settings
        self._limits = limits
        self._turns = turns
        self._door = Door(settings)
        self._room = Room()
        self._in_flight = 0
        self._receiving = 0  # of those in flight: senders in mid-body, who are nobody's work yet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path = scope["path"].rstrip("/") or "/"
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        limits = self._limits.get(path, SMALL)
        context = Context(request_id_of(scope["headers"]), limits.errors, room=self._room)
        state = {**scope.get("state", {}), KEY: context}
        sender = self._door.sender(scope)
        context.log["client"] = sender.name
        inner = {**sender.scope(scope), "path": path, "method": method, "state": state}
        clock = Clock(limits.deadline(self._settings))
        patient = self._patient(receive, context, clock)
        exchange = _Exchange(inner, patient, receive, send, context)
        if not limits.is_probe:
            exchange.fields = lambda: self._door.fields(context.caller)
        route = path if path in self._limits else None
        watched = WatchedRequest(exchange.headers, method, route, is_probe=limits.is_probe)
        self._in_flight += 1
        try:
            await self._guarded(exchange, limits, sender, clock)
        finally:
            self._in_flight -= 1
            self._receiving -= context.left
            _log(exchange, scope["method"], context.seconds * 1000, is_probe=limits.is_probe)
            watched.end(exchange.status, context.seconds, context.log)
            await context.close()
        return None

    async def _guarded(
        self, exchange: _Exchange, limits: Limits, sender: Sender, clock: Clock
    ) -> None:
        try:
            caller = await self._admit(exchange, limits, sender)
            busy = self._in_flight - self._receiving
            if busy > self._settings.max_in_flight and not limits.is_probe:
                raise _overloaded()
            check_supported(Headers(scope=exchange.scope))
            exchange.limit = limits.body(self._settings, exchange.body_kind)
            exchange.check_declared_length()
            async with clock.running() as timeout:
                with working_for(caller), ends_with(timeout):
                    if limits.one_photo:
                        self._turns.check()
                    run = _to_the_end if limits.finishes else while_awaited
                    await run(self._app, exchange.scope, exchange.receive, exchange.send)
        except FramedError as refusal:
            await exchange.refuse(refusal, drain=refusal.code is not Code.STALLED)
        except asyncio.CancelledError:
            exchange.context.log.setdefault("code", "cancelled")
            raise
        except (ClientDisconnect, ClientLeftError):
            exchange.context.log |= {"code": "client_left"}
            exchange.status = exchange.status or CLIENT_LEFT
        except Exception:  # the last door: see the module's first words
            if clock.has_rung:
                return await exchange.refuse(_too_late(), drain=False)
            logger.exception("a request failed", extra={"framed_fields": exchange.facts()})
            await exchange.refuse(internal_error())

    async def _admit(self, exchange: _Exchange, limits: Limits, sender: Sender) -> Caller:
        caller = await self._door.admit(
            exchange.scope, sender, limits.needs, is_open=limits.is_open
        )
        exchange.context.caller = caller
        if caller.key is not None:
            exchange.context.log["key"] = caller.key
        if not limits.is_probe:  # who watches a server must see it under load
            await self._door.count(caller)
        return caller

    def _patient(self, receive: Receive, context: Context, clock: Clock) -> Receive:
        """`receive` that is patient with a slow sender, and is counted while it waits.

        `clock` stands meanwhile: that time is the sender's. One who left stays counted as one who
        waits: there is no work to do for it.
        """
        patience = Patience(self._settings.deadline, self._settings.least_rate)

        async def patient() -> Message:
            if context.left:
                return {"type": "http.disconnect"}
            self._receiving += 1
            try:
                with clock.stands():
                    message = await patience.next(receive)
                context.left = message["type"] == "http.disconnect"
                return message
            finally:
                self._receiving -= not context.left

        return patient


class _Exchange:
    """One request and its answer: counts what comes in, marks what goes out."""

    def __init__(
        self, scope: Scope, receive: Receive, connection: Receive, send: Send, context: Context
    ) -> None:
        self.scope = scope
        self._connection = connection
        self.context = context
        self.limit = 0
        self.status: int | None = None
        self.headers = dict(scope["headers"])
        self._receive = receive
        self._send = send
        self._received = 0
        self._body_ended = False
        self.fields: Callable[[], Awaitable[Sequence[tuple[bytes, bytes]]]] = _no_fields

    @property
    def body_kind(self) -> str:
        return body_kind(Headers(scope=self.scope).get("content-type", ""))  # as the routes do

    def facts(self) -> dict[str, object]:
        return {"rid": self.context.request_id, "path": self.scope["path"]}

    def check_declared_length(self) -> None:
        declared = self.headers.get(b"content-length", b"0")
        if not declared.isdigit():
            return
        if int(declared.lstrip(b"0")[:_MOST_DIGITS] or b"0") > self.limit:
            raise self._too_large()

    async def receive(self) -> Message:
        if self._body_ended:  # what comes now is the end of the connection, whenever it comes
            return await self._connection()
        message = await self._receive()
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            self._body_ended = not message.get("more_body", False)
            if self._received > self.limit:
                raise self._too_large()
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            mark = (HEADER, self.context.request_id.encode())
            more = (mark, *await self.fields())
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        await self._send(message)

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
                while not self._body_ended and self._received < self.limit + DRAINED_BYTES:
                    message = await self._receive()
                    if message["type"] != "http.request":
                        return
                    self._received += len(message.get("body", b""))
                    self._body_ended = not message.get("more_body", False)
        except (TimeoutError, FramedError):
            return

    def _too_large(self) -> FramedError:
        return FramedError(
            Code.TOO_LARGE,
            f"The body is larger than the {self.limit} bytes this route takes; send less.",
            details={"limit_bytes": self.limit},
        )


async def _no_fields() -> Sequence[tuple[bytes, bytes]]:
    return ()


async def _to_the_end(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


def _too_late() -> FramedError:
    words = "The request was not finished within its deadline; try again shortly, or with less."
    return FramedError(Code.DEADLINE, words, retry_after=1)


def _overloaded() -> FramedError:
    return overloaded("Too many requests are being worked on; try again shortly.")


def _level(status: int, *, is_probe: bool) -> int:
    if is_probe and (status < 400 or status == 503):  # asked every few seconds, for ever
        return logging.DEBUG
    if status in (503, 504):
        return logging.WARNING
    return logging.ERROR if status >= 500 else logging.INFO


def _log(exchange: _Exchange, method: str, milliseconds: float, *, is_probe: bool) -> None:
    status = exchange.status or 0
    fields = {
        "rid": exchange.context.request_id,
        "method": method,
        "path": exchange.scope["path"],
        "status": status,
        "latency_ms": round(milliseconds, 2),
        **exchange.context.log,
    }
    event(logger, _level(status, is_probe=is_probe), "request", fields)
