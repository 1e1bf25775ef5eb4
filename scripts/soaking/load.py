"""A realistic mixture: photos, texts, batches, bad photos, reloads, and clients that leave."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from scripts.soaking.answers import BAD, LEFT, Answer

TIMEOUT_S = 60.0
LEAVES_S = (0.005, 0.1)  # after so long a client that leaves is gone
PAUSE_S = (0.0, 0.1)  # between two requests of a client
RELOAD_EVERY_S = 10.0
SEED = 7

_JPEG = "image/jpeg"
_WORDS = ("a cat", "a harbour at dusk", "snow on a roof", "two people", "a cup of coffee", "fog")


@dataclass(frozen=True)
class Ask:
    """One kind of request: how often it is made beside the others, and how it is written."""

    name: str
    weight: float
    path: str
    form: Callable[[random.Random, Sequence[bytes]], aiohttp.FormData | bytes]
    kind: str = ""


def _photo(field: str, spoil: bool = False) -> Callable[..., aiohttp.FormData]:
    def form(dice: random.Random, photos: Sequence[bytes]) -> aiohttp.FormData:
        photo = dice.choice(photos)
        if spoil:
            photo = _spoilt(photo, dice)
        data = aiohttp.FormData()
        data.add_field(field, photo, filename="photo.jpg", content_type=_JPEG)
        return data

    return form


def _texts(dice: random.Random, photos: Sequence[bytes]) -> bytes:
    return json.dumps({"texts": [f"{dice.choice(_WORDS)} {dice.randrange(1000)}"]}).encode()


def _spoilt(photo: bytes, dice: random.Random) -> bytes:
    """A photo that is cut off, or a few bytes of noise."""
    return photo[: dice.randrange(len(photo))] if dice.random() < 0.7 else dice.randbytes(2000)


ASKS = (
    Ask("classify", 40, "/classify", _photo("file")),
    Ask("features", 20, "/features", _photo("files")),
    Ask("encode_text", 15, "/encode_text", _texts, "application/json"),
    Ask("analyze", 10, "/analyze", _photo("file")),
    Ask(BAD, 10, "/classify", _photo("file", spoil=True)),
    Ask(LEFT, 5, "/features", _photo("files")),
)


class Load:
    """Clients of `url` for so many seconds; `answers` grows while they ask."""

    def __init__(self, url: str, photos: Sequence[bytes], clients: int, labels: Path) -> None:
        """`labels` is the server's own labels file; it is edited before each reload."""
        self._url = url
        self._photos = photos
        self._clients = clients
        self._labels = labels
        self._start = 0.0
        self.answers: list[Answer] = []

    async def run(self, seconds: float) -> None:
        """Ask until that time is over; never raises for what the server does."""
        self._start = time.monotonic()
        end = self._start + seconds
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=50)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            clients = (self._client(session, number, end) for number in range(self._clients))
            await asyncio.gather(self._reloads(session, end), *clients)

    async def _client(self, session: aiohttp.ClientSession, number: int, end: float) -> None:
        dice = random.Random(SEED + number)
        while time.monotonic() < end:
            ask = dice.choices(ASKS, [each.weight for each in ASKS])[0]
            leaves = dice.uniform(*LEAVES_S) if ask.name == LEFT else TIMEOUT_S
            headers = {"Content-Type": ask.kind} if ask.kind else {}
            body = ask.form(dice, self._photos)
            await self._send(session, ask.name, ask.path, body, headers, leaves)
            await asyncio.sleep(dice.uniform(*PAUSE_S))

    async def _reloads(self, session: aiohttp.ClientSession, end: float) -> None:
        whole = json.loads(self._labels.read_text(encoding="utf-8"))["labels"]
        turn = 0
        while (left := end - time.monotonic()) > 0:
            await asyncio.sleep(min(RELOAD_EVERY_S, left))
            turn += 1
            labels = whole + ["one more label"] * (turn % 2)
            await asyncio.to_thread(self._labels.write_text, json.dumps({"labels": labels}))
            await self._send(session, "reload", "/reload", b"", {}, TIMEOUT_S)

    async def _send(
        self,
        session: aiohttp.ClientSession,
        name: str,
        path: str,
        body: aiohttp.FormData | bytes,
        headers: dict[str, str],
        leaves: float,
    ) -> None:
        begun, status, fault, later = time.monotonic(), 0, "", False
        try:
            async with (
                asyncio.timeout(leaves),
                session.post(self._url + path, data=body or None, headers=headers) as answer,
            ):
                await answer.read()
                status, later = answer.status, "Retry-After" in answer.headers
        except (aiohttp.ClientError, TimeoutError, OSError) as lost:
            fault = type(lost).__name__
        now = time.monotonic()
        self.answers.append(Answer(name, now - self._start, now - begun, status, fault, later))
