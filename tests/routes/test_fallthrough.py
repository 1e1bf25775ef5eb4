"""What reaches BentoML's own router: two pages, by reading only, and by those who may."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import SecretStr
from starlette.types import Receive, Scope, Send

from framed import assemble
from framed.access.key import entry_of, new_key
from framed.access.scopes import Scope as KeyScope
from framed.routes.fallthrough import FallThrough
from framed.routes.table import BENTOML_PAGES
from tests.fakes import FakeClip, FakeTechnical, chosen
from tests.logs import loggers_kept
from tests.routes.talking import Answer, ask, scope_of

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
METRICS, SECRET = new_key("scraper", frozenset({KeyScope.METRICS}))


async def bentoml(scope: Scope, receive: Receive, send: Send) -> None:
    """In the place of BentoML's application: it says that it was reached."""
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"theirs"})


def answer_to(scope: Scope, **settings: object) -> Answer:
    """What the whole application answers, BentoML's behind it."""
    with loggers_kept():
        web = assemble.web(FakeClip(), FakeTechnical(), chosen(feature_cache=False, **settings))
        return asyncio.run(ask(FallThrough(bentoml, lambda: web), scope))


def is_theirs(scope: Scope, **settings: object) -> bool:
    """Whether BentoML's application answered; ours may leave a caller alone who is gone."""
    return 299 in [start["status"] for start in answer_to(scope, **settings).starts]


@pytest.mark.parametrize("path", BENTOML_PAGES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_its_pages_are_bentomls(path: str, method: str) -> None:
    """The two descriptions that its client reads, with a request id like any answer."""
    answer = answer_to(scope_of(path, method))
    assert (answer.status, answer.body) == (299, b"theirs")
    assert "x-request-id" in answer.headers


@pytest.mark.parametrize("path", BENTOML_PAGES)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "get", "PROPFIND"])
def test_other_methods_are_ours(path: str, method: str) -> None:
    """Nothing is ever sent to it."""
    assert not is_theirs(scope_of(path, method))


@pytest.mark.parametrize("path", OURS)
def test_every_spelling_of_the_rest_is_ours(path: str) -> None:
    """So no declared function, whose file fields would fetch a web address, is ever run."""
    for spelling in ("{}", "{}/", "/{}", "//{}", "{}?", "{}//", "/.{}", "{};a"):
        for method in ("GET", "POST"):
            assert not is_theirs(scope_of(spelling.format(path), method))


@pytest.mark.parametrize("path", BENTOML_PAGES)
@pytest.mark.parametrize("spelling", ["/{}", "{}/x", "/x/..{}", "{};a"])
def test_its_pages_in_other_spellings_are_ours(path: str, spelling: str) -> None:
    """Only the path itself falls through."""
    assert not is_theirs(scope_of(spelling.format(path)))


@pytest.mark.parametrize("path", BENTOML_PAGES)
def test_a_private_servers_pages_are_for_its_own_machine(path: str) -> None:
    """The others are refused as everywhere."""
    assert is_theirs(scope_of(path), private=True)
    other = scope_of(path, client=("192.0.2.1", 5000))
    assert answer_to(other, private=True).error["code"] == "forbidden"
    assert is_theirs(other)


@pytest.mark.parametrize("path", BENTOML_PAGES)
@pytest.mark.parametrize("spelling", ["{}", "{}/", "/{}"])
def test_its_pages_ask_for_a_key(path: str, spelling: str) -> None:
    """Where keys are set, in the one error shape; with one they are BentoML's again."""
    api_keys = SecretStr(entry_of(METRICS))
    refused = answer_to(scope_of(spelling.format(path)), api_keys=api_keys)
    assert (refused.status, refused.error["code"]) == (401, "unauthorized")
    assert refused.headers["www-authenticate"] == "Bearer"
    with_key = {"authorization": f"Bearer {SECRET}"}
    assert is_theirs(scope_of(path, headers=with_key), api_keys=api_keys)


def test_what_is_no_request_is_bentomls() -> None:
    """Its start-up and shutdown are its own."""
    reached: list[str] = []

    async def theirs(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope["type"])

    def nobody() -> None:
        raise AssertionError("asked for the web application")

    asyncio.run(ask(FallThrough(theirs, nobody), {"type": "lifespan"}))  # type: ignore[arg-type]
    assert reached == ["lifespan"]
