"""What the routes' tests share: the whole application over fake runners, and tidy loggers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import redirect_stderr
from typing import Any

import httpx
import pytest

from framed import assemble
from framed.imaging.pool import DecodePool
from tests.fakes import FakeClip, FakeTechnical, chosen
from tests.logs import Written, loggers_kept

Send = Callable[..., httpx.Response]
Serve = Callable[..., Send]


@pytest.fixture(autouse=True)
def written() -> Iterator[Written]:
    """What the application logs; the loggers are as before afterwards."""
    with loggers_kept():
        yield Written()


@pytest.fixture(autouse=True)
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decoding is loaded when the application is there, and not a moment later."""
    begin = DecodePool.warm

    def warmed(pool: DecodePool) -> Future[None]:
        loading = begin(pool)
        wait([loading])
        return loading

    monkeypatch.setattr(DecodePool, "warm", warmed)


@pytest.fixture
def serve(written: Written) -> Iterator[Serve]:
    """`serve(clip, technical, **settings)` gives `send(method, path, ...)` to that application."""
    with asyncio.Runner() as loop:

        def made(
            clip: FakeClip | None = None, technical: FakeTechnical | None = None, **settings: Any
        ) -> Send:
            with redirect_stderr(written):
                app = assemble.web(
                    clip or FakeClip(),
                    technical or FakeTechnical(),
                    chosen(**{"feature_cache": False, **settings}),
                )

            def send(method: str, path: str, **request: Any) -> httpx.Response:
                return loop.run(_send(app, method, path, request))

            return send

        yield made


@pytest.fixture
def send(serve: Serve) -> Send:
    """The application as it is by default."""
    return serve()


async def _send(app: Any, method: str, path: str, request: dict[str, Any]) -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.request(method, path, **request)
