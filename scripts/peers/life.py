"""One life of a server: started, asked by one and by 16 clients, weighed, stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from framed.cpus import granted_cpus
from scripts.benchmarks.child import Child, own_environment
from scripts.benchmarks.load import Answers, Load
from scripts.benchmarks.row import NotMeasurableError
from scripts.benchmarks.server import Server, started
from scripts.peers.agreement import Agreement, Rows, agreement, check
from scripts.peers.asking import ask
from scripts.peers.figures import Once, Speed
from scripts.peers.peer import Checkpoint, Peer
from scripts.peers.truncated import beside_truncated

_CLIENTS = 16
_ANSWER_S = 60.0
_WARM_S, _TRUNCATED_S = 2.0, 5.0
_REQUESTS = 1000
_COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}  # once, as where servers are installed for good


@dataclass(frozen=True)
class Conditions:
    """What all servers share: the weights, the photos and what the model makes of the first of
    them, and how many seconds each is asked by 16 clients, by one, and at most to be weighed."""

    checkpoint: Checkpoint
    photos: Sequence[bytes]
    reference: Rows
    many_s: float
    one_s: float
    weigh_s: float


@dataclass
class Life:
    """A server of `peer` that has answered rightly once; `answered` are the requests of loads."""

    peer: Peer
    server: Server
    conditions: Conditions
    answered: int = 0

    def speed(self) -> Speed:
        """After a warm-up that is not counted."""
        self._load(_CLIENTS, _WARM_S)
        before = self.server.cpu_seconds()
        many = self._load(_CLIENTS, self.conditions.many_s)
        cpu = self.server.cpu_seconds() - before
        one = self._load(1, self.conditions.one_s)
        photos = len(many.seconds)
        return Speed(
            photos_s=photos / many.wall,
            cpu_ms=cpu / photos * 1e3,
            p50_ms=one.percentile_ms(50),
            start_s=self.server.seconds,
        )

    def once(self) -> Once:
        """Memory after 1,000 requests, or as many as the time for it allows; then the truncated
        photo, after which some answer no more."""
        agrees = self._agreement()
        warm = self._load(_CLIENTS, _WARM_S)
        missing = max(0, _REQUESTS - self.answered) * warm.wall / len(warm.seconds)
        self._load(_CLIENTS, min(missing, self.conditions.weigh_s))
        memory = self.server.memory_gb() * 1e3
        beside = beside_truncated(self.server, self.peer, self.conditions.photos, _TRUNCATED_S)
        return Once(memory, self.answered, agrees, beside)

    def _agreement(self) -> Agreement:
        photos = self.conditions.photos[: len(self.conditions.reference)]
        rows = [_embedding(self.peer, self.server.port, photo) for photo in photos]
        return agreement(rows, self.conditions.reference)

    def _load(self, clients: int, seconds: float) -> Answers:
        request = self.peer.request
        bodies = [request.body(photo) for photo in self.conditions.photos]
        url = f"{self.server.url}{request.path}"
        with Child(Load, url, bodies, request.content_type) as load:
            answers: Answers = load.ask("ask", clients, seconds)
        if answers.refused or not answers.seconds:
            raise NotMeasurableError(f"{len(answers.refused)} requests failed")
        self.answered += len(answers.seconds)
        return answers


@contextmanager
def living(peer: Peer, environment: Path, conditions: Conditions) -> Iterator[Life]:
    """A server of `peer`; its seconds are those until its first right answer."""
    threads = None if peer.own_threads else granted_cpus()
    variables = {**own_environment(threads), **_COMPILED, **peer.variables(conditions.checkpoint)}

    def answers_rightly(port: int) -> bool:
        status, body = ask(port, peer.request, conditions.photos[0], _ANSWER_S)
        if status != 200:
            return False
        check([peer.request.embedding(body)], conditions.reference[:1])
        return True

    with started(
        lambda port: peer.command(environment, conditions.checkpoint, port),
        variables,
        answers_rightly,
    ) as server:
        yield Life(peer, server, conditions)


def _embedding(peer: Peer, port: int, photo: bytes) -> list[float]:
    status, body = ask(port, peer.request, photo, _ANSWER_S)
    if status != 200:
        raise NotMeasurableError(f"a photo was answered {status}: {body[:200]!r}")
    return peer.request.embedding(body)
