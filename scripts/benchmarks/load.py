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


@dataclass(frozen=True)
class Call:
    """What is asked: a path with its query, the form's field, and what each whole answer holds."""

    path: str
    field: str
    holds: bytes


CLASSIFY = Call("/classify?size=224&top_k=5", "file", b'"results"')
FEATURES = Call("/features?noise_full=true", "files", b'"clip_labels"')


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
    answer may take, `holds` is what each whole one has in it."""

    def __init__(
        self,
        url: str,
        bodies: Sequence[bytes],
        content_type: str = FORM,
        answer_s: float = _ANSWER_S,
        holds: bytes = b"",
    ) -> None:
        self._url, self._bodies = url, bodies
        self._headers, self._answer_s = {"Content-Type": content_type}, answer_s
        self._holds = holds

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
            status, body = await self._answer(session, next(bodies))
            if status == 200 and self._holds in body:
                answers.seconds.append(time.perf_counter() - start)
                continue
            answers.refused.append(status)
            if status == NO_ANSWER:
                await asyncio.sleep(_PAUSE_S)

    async def _answer(self, session: aiohttp.ClientSession, body: bytes) -> tuple[int, bytes]:
        try:
            async with session.post(self._url, data=body, headers=self._headers) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError):
            return NO_ANSWER, b""


class Clients(Load):
    """Those of the server at `url`, which send `call` each of the photos in turn, as a form."""

    def __init__(self, url: str, call: Call, jpegs: Sequence[bytes]) -> None:
        bodies = [form(jpeg, call.field) for jpeg in jpegs]
        super().__init__(f"{url}{call.path}", bodies, holds=call.holds)


def form(jpeg: bytes, part: str = "file") -> bytes:
    """The body of a form, of the content type `FORM`, whose one part is this photo."""
    head = f'Content-Disposition: form-data; name="{part}"; filename="photo.jpg"'
    mark = f"--{_BOUNDARY}"
    start = f"{mark}\r\n{head}\r\nContent-Type: image/jpeg\r\n\r\n"
    return start.encode() + jpeg + f"\r\n{mark}--\r\n".encode()
