"""A refusal that is said by the connection itself, before or without the web application."""

from __future__ import annotations

import logging
from http import HTTPStatus

import httptools

from framed.errors import Code, FramedError, internal_error, overloaded
from framed.framework.grammar import unclear
from framed.log import event
from framed.wires.body import write_json
from framed.wires.errors import error_body, error_headers

logger = logging.getLogger("framed.request")


def refusal_parts(refusal: FramedError, request_id: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Headers and body of a refusal after which the connection is closed."""
    body = write_json(error_body(refusal, request_id))
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
        "x-request-id": request_id,
        **error_headers(refusal),
    }
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()], body


def refusal_bytes(refusal: FramedError, request_id: str) -> bytes:
    """The whole response as it goes over the wire."""
    headers, body = refusal_parts(refusal, request_id)
    phrase = HTTPStatus(refusal.status).phrase.encode()
    lines = [b"HTTP/1.1 %d %b" % (refusal.status, phrase)]
    lines += [name + b": " + value for name, value in headers]
    return b"\r\n".join([*lines, b"", body])


def log_refusal(refusal: FramedError, request_id: str, client: str | None) -> None:
    """One line, as for every request."""
    fields = {
        "rid": request_id,
        "client": client,
        "status": refusal.status,
        "code": refusal.code.value,
        "reason": refusal.message,
    }
    level = logging.WARNING if refusal.status >= 500 else logging.INFO
    event(logger, level, "request", fields)


def too_many() -> FramedError:
    """There is no room for another connection."""
    return overloaded("Too many connections are open; try again shortly.")


def never_whole() -> FramedError:
    """The head of a request did not come to its end."""
    return FramedError(Code.STALLED, "The rest of the request did not come; send it again.")


def stops() -> FramedError:
    """The server ends before the body is there."""
    return FramedError(
        Code.UNAVAILABLE, "The server stops; send the request again shortly.", retry_after=5
    )


def cause(error: httptools.HttpParserError) -> FramedError:
    """Why the parser, or what it called, took no more of a request."""
    inner = error.__context__
    if isinstance(inner, FramedError):
        return inner
    if isinstance(error, httptools.HttpParserCallbackError):
        logger.error("a request could not be taken in", exc_info=inner)
        return internal_error()
    return unclear(f"The request is no clear HTTP/1.1: {error}.")
