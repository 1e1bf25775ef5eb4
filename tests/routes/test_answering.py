"""The web framework's own refusals, in our shape."""

from __future__ import annotations

import asyncio
import errno
import logging

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException

from framed.errors import Code, FramedError
from framed.routes.answering import on_http, on_invalid, on_refusal, on_surprise, on_system
from framed.routes.edge import Edge
from framed.turns.turns import Turns
from tests.fakes import chosen
from tests.routes.talking import Answer, ask, scope_of


def application() -> Edge:
    """A small application that refuses in every way there is."""
    app = FastAPI(redirect_slashes=False)
    app.add_exception_handler(FramedError, on_refusal)
    app.add_exception_handler(StarletteHTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(OSError, on_system)
    app.add_exception_handler(Exception, on_surprise)

    @app.get("/status/{code}")
    async def status(code: int) -> None:
        raise HTTPException(code, "as the framework says", {"X-More": "kept"})

    @app.get("/refused")
    async def refused() -> None:
        raise FramedError(Code.NOT_READY, "soon", retry_after=7, details={"model": "loading"})

    @app.get("/surprise")
    async def surprise() -> None:
        raise KeyError("/secret/path")

    @app.get("/system/{number}")
    async def system(number: int) -> None:
        raise OSError(number, "as the system says", "/secret/path")

    return Edge(app, chosen(), {}, Turns(8, 60.0))


def get(path: str, method: str = "GET") -> Answer:
    return asyncio.run(ask(application(), scope_of(path, method)))


@pytest.mark.parametrize(
    ("path", "method", "status", "code"),
    [
        ("/nope", "GET", 404, "not_found"),
        ("/refused", "POST", 405, "method_not_allowed"),
        ("/status/400", "GET", 400, "invalid_body"),
        ("/status/401", "GET", 401, "unauthorized"),
        ("/status/403", "GET", 403, "forbidden"),
        ("/status/413", "GET", 400, "invalid_body"),
        ("/status/x", "GET", 400, "invalid_parameter"),
        ("/refused", "GET", 503, "not_ready"),
        ("/surprise", "GET", 500, "internal"),
        (f"/system/{errno.EIO}", "GET", 500, "internal"),
        (f"/system/{errno.ENOSPC}", "GET", 503, "unavailable"),
    ],
)
def test_each_refusal_has_the_one_shape(path: str, method: str, status: int, code: str) -> None:
    """Whoever raised it: our routes, the framework's router, its checks, or a bug."""
    answer = get(path, method)
    assert (answer.status, answer.error["code"]) == (status, code)
    assert answer.error["request_id"] == answer.headers["x-request-id"]
    assert answer.error["message"]
    assert "secret" not in answer.body.decode()
    assert answer.headers["content-type"] == "application/json"


def test_headers_of_a_refusal_are_kept() -> None:
    """`Allow`, `Retry-After` and whatever the framework adds."""
    assert get("/refused", "POST").headers["allow"] == "GET, HEAD, OPTIONS"
    assert get("/refused").headers["retry-after"] == "7"
    assert get("/status/400").headers["x-more"] == "kept"


def test_a_full_disk_is_logged_as_what_it_is(caplog: pytest.LogCaptureFixture) -> None:
    """Come back later, in the answer and in the log; no fault of the program's with its trace."""
    with caplog.at_level(logging.INFO, "framed.request"):
        answer = get(f"/system/{errno.ENOSPC}")
    assert int(answer.headers["retry-after"]) > 0
    (line,) = [each for each in caplog.records if each.name == "framed.request"]
    assert vars(line)["framed_fields"]["code"] == "unavailable"


def test_a_failed_check_names_the_parameter() -> None:
    """In words and as data."""
    error = get("/status/x").error
    assert "path.code" in error["message"]
    assert error["details"]["parameters"][0]["name"] == "path.code"


def test_a_long_path_is_repeated_in_part() -> None:
    """The message stays a sentence."""
    assert len(get("/" + "x" * 10_000).error["message"]) < 400
