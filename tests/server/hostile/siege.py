"""A siege: portions of hostile inputs, four at a time, and a good photo after each portion."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.server.hostile.inputs import hostile
from tests.server.hostile.sending import answer_to
from tests.server.hostile.verdict import faults_of
from tests.server.running import RunningServer

AT_ONCE = 4
DECIMALS = 4  # of a probability: what shares a batch with a photo may show further behind
TRIES = 5  # the idle server's time is the median of as many


@dataclass
class Siege:
    """`faults` holds a line a broken promise, with what makes the input again."""

    server: RunningServer
    photo: bytes
    seed: int
    faults: list[str] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    slowest: float = 0.0  # seconds that a good photo took after a portion

    def __post_init__(self) -> None:
        self._client = httpx.Client(base_url=self.server.url, timeout=30, trust_env=False)
        self._right, _ = self._good()
        self._idle = sorted(self._good()[1] for _ in range(TRIES))[TRIES // 2]

    def send(self, numbers: Iterable[int]) -> None:
        """The inputs `numbers`, and a good photo after them; adds to `faults`."""
        with ThreadPoolExecutor(AT_ONCE) as senders:
            for found in senders.map(self._one, numbers):
                self.faults += found
        labels, seconds = self._good()
        self.slowest = max(self.slowest, seconds - self._idle)
        if labels != self._right:
            self.faults.append(f"after {numbers}: the good photo was answered with {labels}")

    def _one(self, number: int) -> list[str]:
        asked = hostile(self.seed, number)
        answer = answer_to(asked, self.server.port)
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
        named = f"seed {self.seed}, number {number} ({asked.kind}, {asked.path})"
        return [f"{named}: {fault}" for fault in faults_of(asked, answer)]

    def _good(self) -> tuple[Any, float]:
        started = time.perf_counter()
        image = base64.b64encode(self.photo).decode()
        answer = self._client.post("/classify", json={"image": image})
        results = answer.json().get("results", [])
        labels = [(each["label"], round(each["prob"], DECIMALS)) for each in results]
        return labels, time.perf_counter() - started
