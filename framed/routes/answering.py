"""Answers and refusals as HTTP responses."""

from __future__ import annotations

import errno
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from framed.errors import Code, FramedError, internal_error
from framed.routes.context import Context, context_of
from framed.routes.fallthrough import PAGES
from framed.routes.methods import allowed_methods
from framed.shown import shown
from framed.telemetry.requests import CLIENT_LEFT
from framed.telemetry.stages import stage
from framed.wires.body import write_json
from framed.wires.errors import error_headers

JSON = "application/json"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE)
_HTTP_CODES = {
    401: Code.UNAUTHORIZED,
    403: Code.FORBIDDEN,
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
}


def json_response(body: Any, status: int = 200) -> Response:
    """A JSON answer."""
    with stage("serialise"):
        return Response(write_json(body), status, media_type=JSON)


def refusal_response(refusal: FramedError, context: Context) -> Response:
    """The error shape of the request's route: the one shape, but on an older service's own."""
    body = write_json(context.error_body(refusal))
    return Response(body, refusal.status, error_headers(refusal), JSON)


def on_refusal(request: Request, error: Exception) -> Response:
    """A `FramedError` of a route."""
    assert isinstance(error, FramedError)
    return _refuse(request, error)


def on_http(request: Request, error: Exception) -> Response:
    """The web framework's own refusals: unknown route, wrong method, broken form."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405 or context_of(request).path in PAGES:
        return _other_method(request)
    if error.status_code == 404:
        refusal = FramedError(
            Code.NOT_FOUND,
            f"There is no route {_asked_path(request)}; /docs lists them.",
        )
    else:
        code = _HTTP_CODES.get(error.status_code, Code.INVALID_BODY)
        refusal = FramedError(code, f"The request cannot be read: {error.detail}")
    response = _refuse(request, refusal)
    response.headers.update(error.headers or {})
    return response


def _other_method(request: Request) -> Response:
    """The methods there are: the answer to OPTIONS, the refusal of any other that is not there."""
    allowed = {"Allow": allowed_methods(request)}
    if request.method == "OPTIONS":
        return Response(status_code=204, headers=allowed)
    refusal = FramedError(
        Code.METHOD_NOT_ALLOWED,
        f"{_asked_path(request)} does not take {request.method}; it takes {allowed['Allow']}.",
    )
    response = _refuse(request, refusal)
    response.headers.update(allowed)
    return response


def on_invalid(request: Request, error: Exception) -> Response:
    """The web framework's own check of a declared parameter."""
    assert isinstance(error, RequestValidationError)
    faults = [
        {"name": ".".join(map(str, fault["loc"])), "problem": fault["msg"]}
        for fault in error.errors()
    ]
    says = "; ".join(f"{fault['name']}: {fault['problem']}" for fault in faults)
    return _refuse(
        request, FramedError(Code.INVALID_PARAMETER, f"{says}.", details={"parameters": faults})
    )


def on_client_left(request: Request, error: Exception) -> Response:
    """A client that left in mid-body: nobody reads this, but it is no fault of ours."""
    context_of(request).log |= {"code": "client_left"}
    return Response(status_code=CLIENT_LEFT)


def on_system(request: Request, error: Exception) -> Response:
    """The system has no room for a body; any other error of its is a surprise."""
    assert isinstance(error, OSError)
    if error.errno not in _NO_ROOM:
        raise error
    return _refuse(request, _no_room())


def on_surprise(request: Request, error: Exception) -> Response:
    """Anything else; the edge logs it with its trace."""
    return _refuse(request, internal_error())


def _asked_path(request: Request) -> str:
    return repr(shown(context_of(request).asked_path))


def _no_room() -> FramedError:
    return FramedError(
        Code.UNAVAILABLE, "There is no room to receive this body now; try again.", retry_after=30
    )


def _refuse(request: Request, refusal: FramedError) -> Response:
    context = context_of(request)
    context.log |= {"code": refusal.code.value, "reason": refusal.message}
    return refusal_response(refusal, context)
