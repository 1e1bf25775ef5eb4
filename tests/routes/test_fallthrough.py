"""What reaches BentoML's own router: two pages, by reading only."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from framed.routes.fallthrough import BENTOML_PAGES, FallThrough
from tests.routes.talking import ask, scope_of

OURS = [
    "/",
    "/metrics",
    "/classify",
    "/features",
    "/reload",
    "/encode_image",
    "/docs",
    "/nope",
    "/readyz",
]


def answered_by(scope: Scope, *, private: bool = False) -> str:
    """Which of the two applications a request reaches."""
    reached: list[str] = []

    async def bentoml(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append("bentoml")

    async def web(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append("web")

    asyncio.run(ask(FallThrough(bentoml, lambda: web, private=private), scope))
    (one,) = reached
    return one


@pytest.mark.parametrize("path", BENTOML_PAGES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_its_pages_are_bentomls(path: str, method: str) -> None:
    """The two descriptions that its client reads."""
    assert answered_by(scope_of(path, method)) == "bentoml"


@pytest.mark.parametrize("path", BENTOML_PAGES)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "get", "PROPFIND"])
def test_other_methods_are_ours(path: str, method: str) -> None:
    """Nothing is ever sent to it."""
    assert answered_by(scope_of(path, method)) == "web"


@pytest.mark.parametrize("path", OURS)
@pytest.mark.parametrize("spelling", ["{}", "{}/", "/{}", "//{}", "{}?", "{}//", "/.{}", "{};a"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_spelling_of_the_rest_is_ours(path: str, spelling: str, method: str) -> None:
    """So no declared function, whose file fields would fetch a web address, is ever run."""
    assert answered_by(scope_of(spelling.format(path), method)) == "web"


@pytest.mark.parametrize("path", BENTOML_PAGES)
@pytest.mark.parametrize("spelling", ["{}/", "/{}", "{}/x", "/x/..{}"])
def test_its_pages_in_other_spellings_are_ours(path: str, spelling: str) -> None:
    """Only the exact path falls through."""
    assert answered_by(scope_of(spelling.format(path))) == "web"


@pytest.mark.parametrize("path", BENTOML_PAGES)
def test_a_private_servers_pages_are_for_its_own_machine(path: str) -> None:
    """The others reach our application, which refuses them."""
    assert answered_by(scope_of(path), private=True) == "bentoml"
    other = scope_of(path, client=("192.0.2.1", 5000))
    assert answered_by(other, private=True) == "web"
    assert answered_by(other) == "bentoml"


def test_what_is_no_request_is_bentomls() -> None:
    """Its start-up and shutdown are its own."""
    assert answered_by({"type": "lifespan"}) == "bentoml"
