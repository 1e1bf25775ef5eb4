"""The outermost layer: request id, body limit, deadline, requests in flight, one log line.

It catches everything: an exception that left here would be answered in another shape than ours.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

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
from framed.routes.clock import Clock
from framed.routes.context import KEY, Context
from framed.routes.delivery import Delivery
from framed.routes.exchange import Exchange
from framed.routes.limits import SMALL, Limits
from framed.routes.patience import Patience
from framed.routes.place import Place
from framed.routes.room import Room
from framed.routes.tidying import Tidying
from framed.routes.unsupported import check_supported
from framed.settings import MIB, Settings
from framed.shown import shown
from framed.sub_path import without
from framed.telemetry.requests import CLIENT_LEFT, WatchedRequest
from framed.turns.turns import Turns
from framed.wires.request_id import request_id_of

logger = logging.getLogger("framed.request")

PATH_SHOWN = 256  # characters in the log


class Edge:
    """Wraps the web application; `limits` maps a path to what it may take, `families`
    the beginning of other paths."""

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        limits: Mapping[str, Limits],
        turns: Turns,
        families: Mapping[str, Limits] | None = None,
    ) -> None:
        self._app = app
        self._settings = settings
        self._limits = limits
        self._families = families or {}
        self._turns = turns
        self._door = Door(settings)
        self._room = Room(settings.request_memory_mb * MIB, settings.longest_wait)
        self._tidying = Tidying(self._room)
        self._in_flight = 0
        self._receiving = 0  # of those in flight: senders in mid-body, who are nobody's work yet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        sender = self._door.sender(scope)
        root = sender.prefix or self._settings.root_path
        # never what a header says: it would lead past what a proxy keeps to itself by its path
        came = scope["path"].rstrip("/") or "/"
        path = without(came, self._settings.root_path, self._limits)
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        limits = self._limits_of(path)
        context = Context(request_id_of(scope["headers"]), limits.errors, place=Place(self._room))
        context.path, context.asked_path = path, scope["path"]
        state = {**scope.get("state", {}), KEY: context}
        context.log["client"] = sender.name
        asked = {"path": path, "root_path": root, "method": method}
        inner = {**sender.scope(scope), **asked, "state": state}
        clock = Clock(limits.deadline(self._settings))
        patient = self._patient(receive, context, clock)
        delivery = Delivery(self._room, context.place, send)
        exchange = Exchange(inner, patient, receive, delivery, context, clock)
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
            self._tidying.after(exchange.size, failed=exchange.failed)
        return None

    def _limits_of(self, path: str) -> Limits:
        if (limits := self._limits.get(path)) is not None:
            return limits
        found = (limits for start, limits in self._families.items() if path.startswith(start))
        return next(found, SMALL)

    async def _guarded(
        self, exchange: Exchange, limits: Limits, sender: Sender, clock: Clock
    ) -> None:
        try:
            caller = await self._admit(exchange, limits, sender)
            is_known = exchange.context.path in self._limits  # else it is refused for that alone
            busy = self._in_flight - self._receiving - self._room.leaving
            if busy > self._settings.max_in_flight and not limits.is_probe:
                raise _overloaded()
            check_supported(Headers(scope=exchange.scope))
            if exchange.body_kind != "urlencoded":
                exchange.bound(limits, self._settings)
            async with clock.running() as timeout:
                with working_for(caller), ends_with(timeout):
                    if limits.one_photo:
                        self._turns.check()
                    if is_known and limits.takes_bodies and exchange.scope["method"] == "POST":
                        await exchange.recognise(limits, self._settings)
                    exchange.bound(limits, self._settings)
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

    async def _admit(self, exchange: Exchange, limits: Limits, sender: Sender) -> Caller:
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


def _log(exchange: Exchange, method: str, milliseconds: float, *, is_probe: bool) -> None:
    status = exchange.status or 0
    fields = {
        "rid": exchange.context.request_id,
        "method": method,
        "path": shown(exchange.scope["path"], PATH_SHOWN),
        "status": status,
        "latency_ms": round(milliseconds, 2),
        **exchange.context.log,
    }
    event(logger, _level(status, is_probe=is_probe), "request", fields)
