"""Emoji that another service knows: its `emoji_mappings.json`, fetched beside the requests.

No request waits for that service, and none fails with it. The host is the operator's own choice:
what holds for addresses that callers bring does not hold for it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import time
from collections.abc import Callable, Mapping

import httpx

from framed.emoji.table import is_emoji
from framed.emoji.words import plain

logger = logging.getLogger("framed.emoji")

FILE = "/emoji_mappings.json"
MOST_BYTES = 2**20
FRESH = 3600.0  # seconds until a mapping is asked for again
RETRY = 60.0  # seconds until a host that failed is asked again


class RemoteEmoji:
    """The mapping of one host, as it was last heard."""

    def __init__(
        self,
        host: str,
        port: int,
        timeout: float,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = (host, port)
        self._timeout = timeout
        self._clock = clock
        self._mapping: Mapping[str, str] = {}
        self._next = clock()
        self._fetching: asyncio.Task[None] | None = None

    def mapping(self) -> Mapping[str, str]:
        """Plain label -> emoji as known now; a fetch is begun where it is time for one.

        To be called on an event loop; never waits and never raises.
        """
        if self._clock() >= self._next and not self._is_fetching():
            self._fetching = asyncio.get_running_loop().create_task(self.refresh())
        return self._mapping

    async def refresh(self) -> None:
        """Fetch now; a host that fails is logged, and what it said before still holds."""
        try:
            async with asyncio.timeout(self._timeout):
                self._mapping = _checked(await self._body())
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, RecursionError) as fault:
            self._next = self._clock() + RETRY
            logger.warning("no emoji from %s:%d: %s", *self._address, _words(fault))
        else:
            self._next = self._clock() + FRESH
            logger.info("%d emoji from %s:%d", len(self._mapping), *self._address)

    def _is_fetching(self) -> bool:
        """Whether a fetch is under way on this loop; one of a loop that ended never comes."""
        task = self._fetching
        return (
            task is not None and not task.done() and task.get_loop() is asyncio.get_running_loop()
        )

    async def _body(self) -> bytes:
        host, port = self._address
        url = httpx.URL(scheme="http", host=host, port=port, path=FILE)
        headers = {"Accept-Encoding": "identity"}
        nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # plain http: no certificates to load
        async with (
            httpx.AsyncClient(trust_env=False, verify=nobody, timeout=self._timeout) as client,
            client.stream("GET", url, headers=headers, follow_redirects=False) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise ValueError(f"it answers {response.status_code}")
            if response.headers.get("content-encoding", "identity") != "identity":
                raise ValueError("its answer is compressed")
            return await _read(response)


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MOST_BYTES:
            raise ValueError(f"its answer is larger than {MOST_BYTES} bytes")
    return bytes(body)


def _checked(body: bytes) -> Mapping[str, str]:
    """The entries that are an emoji each; what else stands there is passed over."""
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("its answer is no object")
    return {plain(label): picture for label, picture in found.items() if is_emoji(picture)}


def _words(fault: Exception) -> str:
    return "it took too long" if isinstance(fault, TimeoutError) else str(fault) or repr(fault)
