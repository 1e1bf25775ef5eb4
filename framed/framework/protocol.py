"""HTTP/1.1 as our front speaks it: uvicorn's protocol on httptools, with bounds and plain refusals.

What it adds holds for TCP only; the calls between our own processes are left as they are.
"""

from __future__ import annotations

import asyncio
import urllib.parse
from functools import partial
from typing import Any

import httptools
from uvicorn import config as uvicorn_config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import get_remote_addr

from framed.errors import FramedError
from framed.framework.connections import Bounds, Connections
from framed.framework.cost import Cost
from framed.framework.cycle import Cycle
from framed.framework.grammar import check_head, target_of, unclear
from framed.framework.half_closed import Probing
from framed.framework.offers import body_parser, has_body
from framed.framework.refusal import cause, log_refusal, never_whole, refusal_bytes, stops, too_many
from framed.framework.standing import Standing
from framed.wires.request_id import request_id_of

AHEAD = 1024  # requests that a client may send before it has read an answer
LINGER_SECONDS = 2.0
STOP_SECONDS = 10.0  # for a body that is still coming when the server is told to stop


def speak(bounds: Bounds) -> None:
    """Have every uvicorn server that this process makes from now on speak `Framed`'s HTTP."""
    factory = partial(FramedProtocol, connections=Connections(bounds))
    uvicorn_config.HTTP_PROTOCOLS["auto"] = factory  # type: ignore[assignment]


class FramedProtocol(HttpToolsProtocol):
    """One connection of a client; refused ones are read on for a moment, and dropped."""

    cycle: Cycle

    def __init__(self, *args: Any, connections: Connections, **options: Any) -> None:
        super().__init__(*args, **options)
        self._again = partial(HttpToolsProtocol, *args, **options)
        self._known = connections
        self._active: Cycle | None = None  # whose response is the next on the wire
        self._refusal: FramedError | None = None  # the last word of this connection
        self._is_deaf = False  # what still comes is read, and dropped
        self._head: float | None = self.loop.time()  # since when a head is waited for
        self._cost = Cost()
        self._in_body = False
        self._skips_body = False  # the parser, as the head offers another protocol

    # what asyncio calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        client = get_remote_addr(transport)
        if client is None:  # a unix socket: a process of our own
            plain = self._again()
            transport.set_protocol(plain)
            plain.connection_made(transport)
            return
        super().connection_made(transport)
        self._standing = Standing(transport, self._known.bounds.write_seconds)
        if not self._known.admit(self, client[0]):
            self._refuse(too_many())

    def connection_lost(self, exc: Exception | None) -> None:
        self._known.leave(self)
        self._abandon()  # of several requests uvicorn tells the last one only
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            return
        self._unset_keepalive_if_required()
        if self._head is None and not self._is_busy():
            self._head = self.loop.time()
        self._cost.came(len(data))
        try:
            self._feed(data)
            self._cost.check_loose()
        except FramedError as refusal:
            self._refuse(refusal)
        except httptools.HttpParserError as error:
            self._refuse(cause(error))

    def eof_received(self) -> bool | None:  # type: ignore[override]
        if self._is_deaf or not self._is_busy() or self._in_body:
            return None
        if self.scheme == "https":  # TLS knows no half of a connection
            return None
        self.cycle.keep_alive = False
        Probing(self.transport, self._may_probe, self._abort)
        return True

    def resume_writing(self) -> None:
        self._standing.moved(self.loop.time())
        super().resume_writing()

    # what the parser calls

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = self._head or self.loop.time()
        self._cost.begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._cost.target(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._cost.line(name, value)
        if not self._in_body:  # a trailer is of no use to anybody here
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        version = self.parser.get_http_version()
        host = check_head(version, self.parser.get_method(), self.headers)
        path, query = target_of(self.url, host)
        if len(self.pipeline) >= AHEAD:
            raise unclear("Too many requests were sent ahead of their answers.")
        self._describe(version, path, query)
        self._cost.moved()
        self._head, self._in_body = None, True
        self._skips_body = self.parser.should_upgrade() and has_body(self.headers)
        self._take(self._new_cycle(version))
        self._known.receiving(self)

    def on_body(self, body: bytes) -> None:
        self._cost.piece(len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self._skips_body:  # it is still to come
            return
        self._cost.moved()
        self._in_body = False
        self._known.received(self)
        super().on_message_complete()

    # what uvicorn calls

    def shutdown(self) -> None:
        super().shutdown()
        self.loop.call_later(STOP_SECONDS, self._wait_no_more)

    def _should_upgrade(self) -> bool:
        return False  # HTTP/1.1 is what is spoken here, whatever else is offered

    def on_response_complete(self) -> None:
        self._active = None
        super().on_response_complete()
        if self._is_busy():
            return
        if self._refusal is not None:
            self._say(self._refusal)
        elif self._in_body:
            self._linger()
        else:
            self._known.idle(self)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        self._active = cycle
        super()._start_asgi_task(cycle, app)

    # what the other connections' keeper calls

    def check(self, now: float) -> None:
        """See `Connection.check`."""
        waits = self._head is not None and not self._is_deaf
        if waits and now - (self._head or now) > self._known.bounds.head_seconds:
            self._stalled()
        if self._standing.is_over(now):
            self._abort()

    def drop(self) -> None:
        """See `Connection.drop`."""
        if self.transport.get_write_buffer_size():  # nobody reads what is left
            self._abort()
        else:
            self.transport.close()

    # ours

    def _feed(self, data: bytes) -> None:
        while data:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as offered:  # after a whole request; HTTP goes on
                data = data[offered.args[0] :]
                if self._skips_body:
                    self._skips_body, self.parser = False, body_parser(self, self.headers)

    def _describe(self, version: str, path: bytes, query: bytes) -> None:
        self.scope["method"] = self.parser.get_method().decode("ascii")
        self.scope["http_version"] = version
        text = path.decode("ascii")
        self.scope["path"] = self.root_path + (urllib.parse.unquote(text) if "%" in text else text)
        self.scope["raw_path"] = self.root_path.encode("ascii") + path
        self.scope["query_string"] = query

    def _new_cycle(self, version: str) -> Cycle:
        return Cycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )

    def _take(self, cycle: Cycle) -> None:
        """Start the request, or put it behind those that came before it."""
        self.cycle = cycle
        self._known.busy(self)
        if self._active is None:
            self._start_asgi_task(cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))

    def _is_busy(self) -> bool:
        return self._active is not None and self._active.is_busy

    def _abandon(self) -> None:
        if self._active is not None and self._is_busy():
            self._active.abandon()

    def _abort(self) -> None:
        self._abandon()  # first: a transport that is gone takes no more words
        self.transport.abort()

    def _may_probe(self) -> bool:
        active = self._active
        if active is None or not active.is_busy or active.response_started:
            return False
        return active.scope["http_version"] == "1.1"

    def _stalled(self) -> None:
        if self.cycle is None and not self._cost.loose:  # it never said a word
            self.transport.close()
        elif not self._is_busy():
            self._refuse(never_whole())

    def _wait_no_more(self) -> None:
        if self._in_body and not self._is_deaf:
            self._refuse(stops())

    def _refuse(self, refusal: FramedError) -> None:
        """Make `refusal` the last word, behind the answers to what came before."""
        self._refusal, self._is_deaf = refusal, True
        if self._in_body:
            self._give_up(self.cycle)
        if not self._is_busy():
            self._say(refusal)

    def _give_up(self, cycle: Cycle) -> None:
        """A request whose body went wrong is not worked on."""
        if self.pipeline and self.pipeline[0][0] is cycle:
            self.pipeline.popleft()
        else:
            cycle.abandon()

    def _say(self, refusal: FramedError) -> None:
        if self.transport.is_closing():
            return
        if self._active is not None and self._active.response_started:  # half an answer is out
            self.transport.close()
            return
        request_id = request_id_of(self.headers or ())
        log_refusal(refusal, request_id, self.client and self.client[0])
        self.transport.write(refusal_bytes(refusal, request_id))
        self._linger()

    def _linger(self) -> None:
        """Close our half and read on: else what still comes would undo the refusal on its way."""
        self._is_deaf = True
        self._unset_keepalive_if_required()
        self._known.linger(self)
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
            self.loop.call_later(LINGER_SECONDS, self._abort)
        else:
            self.transport.close()
