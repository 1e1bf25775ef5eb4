"""Clients that ask a server as fast as it answers, and what they cost themselves."""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import aiohttp

_ANSWER_S = 120.0
_PAUSE_S = 0.5  # after a request without an answer: the server may be gone
_BOUNDARY = "framed-bench"
FORM = f"multipart/form-data; boundary={_BOUNDARY}"
NO_ANSWER = 0  # in place of a status code


@dataclass
class Answers:
    """What came of one load: seconds of each answer, other status codes, and the time it took.

    `cpu` are the seconds of CPU that the clients themselves used.
    """

    seconds: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    wall: float = 0.0
    cpu: float = 0.0

    def percentile_ms(self, percent: int) -> float:
        """Nearest rank: the milliseconds that so many answers in a hundred did not exceed."""
        ascending = sorted(self.seconds)
        return ascending[max(1, math.ceil(len(ascending) * percent / 100)) - 1] * 1e3


class Load:
    """The route `url`, asked with each of the bodies in turn; `answer_s` are the seconds that an
    answer may take."""

    def __init__(
        self,
        url: str,
        bodies: Sequence[bytes],
        content_type: str = FORM,
        answer_s: float = _ANSWER_S,
    ) -> None:
        self._url, self._bodies = url, bodies
        self._headers, self._answer_s = {"Content-Type": content_type}, answer_s

    def ask(self, clients: int, seconds: float) -> Answers:
        """So many clients for so long, each with one request at a time; those begun are ended."""
        answers, cpu = Answers(), time.process_time()
        asyncio.run(self._ask(clients, seconds, answers))
        answers.cpu = time.process_time() - cpu
        return answers

    async def _ask(self, clients: int, seconds: float, answers: Answers) -> None:
        connector = aiohttp.TCPConnector(limit=clients)
        timeout = aiohttp.ClientTimeout(total=self._answer_s)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            start = time.perf_counter()
            order, end = itertools.cycle(self._bodies), start + seconds
            await asyncio.gather(
                *(self._client(session, order, end, answers) for _ in range(clients))
            )
            answers.wall = time.perf_counter() - start

    async def _client(
        self, session: aiohttp.ClientSession, bodies: Iterator[bytes], end: float, answers: Answers
    ) -> None:
        while (start := time.perf_counter()) < end:
            status = await self._status(session, next(bodies))
            if status == 200:
                answers.seconds.append(time.perf_counter() - start)
                continue
            answers.refused.append(status)
            if status == NO_ANSWER:
                await asyncio.sleep(_PAUSE_S)

    async def _status(self, session: aiohttp.ClientSession, body: bytes) -> int:
        try:
            async with session.post(self._url, data=body, headers=self._headers) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return NO_ANSWER


class Clients(Load):
    """`/classify` of the server at `url`, asked with each of the photos in turn, as a form."""

    def __init__(self, url: str, size: int, jpegs: Sequence[bytes]) -> None:
        super().__init__(f"{url}/classify?size={size}&top_k=5", [form(jpeg) for jpeg in jpegs])


def form(jpeg: bytes, part: str = "file") -> bytes:
    """The body of a form, of the content type `FORM`, whose one part is this photo."""
    head = f'Content-Disposition: form-data; name="{part}"; filename="photo.jpg"'
    mark = f"--{_BOUNDARY}"
    start = f"{mark}\r\n{head}\r\nContent-Type: image/jpeg\r\n\r\n"
    return start.encode() + jpeg + f"\r\n{mark}--\r\n".encode()
