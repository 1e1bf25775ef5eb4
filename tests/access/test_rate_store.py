"""Where rates are counted: in memory, in a real Redis, and nowhere while that is away."""

from __future__ import annotations

import asyncio
import logging
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from framed.access import rate_store
from framed.access.rate_store import Patience, storage_of
from framed.access.rates import PHOTOS, Rates
from framed.errors import FramedError, StartupError
from tests.fakes import chosen
from tests.server.running import free_port

REDIS = shutil.which("redis-server")


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of the tests' own, by its address."""
    if REDIS is None:
        pytest.skip("redis-server is not on this machine")
    port = free_port()
    folder = tmp_path_factory.mktemp("redis")
    with running_redis(port, folder):
        yield f"redis://127.0.0.1:{port}/1"


class running_redis:  # noqa: N801 - a context manager, like a function
    """A Redis on a port, until the block ends."""

    def __init__(self, port: int, folder: Path) -> None:
        address = ("--port", str(port), "--bind", "127.0.0.1")
        self._command = [REDIS or "", *address, "--save", "", "--dir", str(folder)]

    def __enter__(self) -> None:
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "Ready to accept" in line:
                return
        raise AssertionError("redis-server does not start")

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


async def passes(rates: Rates, name: str, photos: int = 1) -> bool:
    try:
        await rates.take(name, PHOTOS, photos)
    except FramedError:
        return False
    return True


def test_servers_count_together(redis: str) -> None:
    """Two of them on one Redis give one share, and tell what is left of it."""

    async def scenario() -> list[bool]:
        one, other = (Rates(chosen(rate_photos=4, rate_store=redis)) for _ in range(2))
        seen = [await passes(each, "together") for each in (one, other, one, other, one, other)]
        fields = dict(await other.fields("together"))
        assert fields[b"ratelimit"].startswith(b'"photos";r=0;t=')
        assert dict(await one.fields("nobody"))[b"ratelimit"].startswith(b'"photos";r=4;')
        return seen

    assert asyncio.run(scenario()) == [True, True, True, True, False, False]


def test_a_refusal_says_how_long(redis: str) -> None:
    """As with a store in memory."""

    async def scenario() -> None:
        rates = Rates(chosen(rate_photos=2, rate_store=redis))
        await rates.take("long", PHOTOS, 2)
        with pytest.raises(FramedError) as refused:
            await rates.take("long", PHOTOS, 1)
        assert refused.value.retry_after is not None
        assert 60 <= refused.value.retry_after <= 120

    asyncio.run(scenario())


def test_everybody_passes_while_it_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """With one warning, without waiting for it each time; once it is back, it counts again."""
    if REDIS is None:
        pytest.skip("redis-server is not on this machine")
    monkeypatch.setattr(rate_store, "REST", 0.2)
    port = free_port()
    rates = Rates(chosen(rate_photos=1, rate_store=f"redis://127.0.0.1:{port}"))

    async def scenario() -> None:
        start = time.monotonic()
        assert all([await passes(rates, "away") for _ in range(50)])
        assert time.monotonic() - start < 5
        assert [line.levelno for line in caplog.records] == [logging.WARNING]
        with running_redis(port, tmp_path):
            await asyncio.sleep(0.3)
            counted = [await passes(rates, "away") for _ in range(3)]
            assert counted == [True, False, False]

    asyncio.run(scenario())


def test_a_store_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Once a short while, then it is left alone; the warning holds nothing of a password."""
    monkeypatch.setattr(rate_store, "PATIENCE", 0.05)
    asked = []

    async def hanging() -> bool:
        asked.append(1)
        await asyncio.Event().wait()
        return False

    async def scenario() -> list[bool]:
        patience = Patience()
        return [await patience.ask(hanging, True) for _ in range(5)]

    assert asyncio.run(scenario()) == [True] * 5
    assert (len(asked), len(caplog.records)) == (1, 1)


def test_a_missing_client_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name of the package, and the extra that brings it; never as an extra of `framed` on
    PyPI, where that name is somebody else's."""
    monkeypatch.setattr(rate_store, "RedisStorage", _without_client)
    with pytest.raises(StartupError, match=r"package `redis` .*-e '\.\[redis\]'"):
        storage_of("redis://127.0.0.1:1")


def _without_client(*_: object, **__: object) -> None:
    raise rate_store.ConfigurationError("none")
