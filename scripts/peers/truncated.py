"""What becomes of other people's requests while someone sends a photo that ends too early."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

from scripts.benchmarks.child import Child
from scripts.benchmarks.load import Answers, Load
from scripts.benchmarks.server import Server
from scripts.peers.asking import ask
from scripts.peers.peer import Peer

_CLIENTS = 16
_ANSWER_S = 20.0  # longer than 16 clients wait at any server that still answers
_EVERY_S = 0.5


@dataclass(frozen=True)
class Beside:
    """`failed` of `others` requests with whole photos, and how the truncated ones were answered
    most often (a status; None: not at all)."""

    others: int
    failed: int
    status: int | None


def beside_truncated(server: Server, peer: Peer, photos: Sequence[bytes], seconds: float) -> Beside:
    """16 clients for so long, and beside them the first half of a photo twice a second.

    An answer other than 200, and none within 20 s, is a failure.
    """
    bodies = [peer.request.body(photo) for photo in photos]
    url, kind = f"{server.url}{peer.request.path}", peer.request.content_type
    with Child(Load, url, bodies, kind, _ANSWER_S) as clients, ThreadPoolExecutor(1) as pool:
        clients.ask("ask", 1, 0.0)  # it is there
        loading = pool.submit(clients.ask, "ask", _CLIENTS, seconds)
        statuses = [_sent(server, peer, photos[0])]
        while not wait([loading], _EVERY_S).done:
            statuses.append(_sent(server, peer, photos[0]))
    answers: Answers = loading.result()
    others = len(answers.seconds) + len(answers.refused)
    return Beside(others, len(answers.refused), Counter(statuses).most_common(1)[0][0])


def _sent(server: Server, peer: Peer, photo: bytes) -> int | None:
    return ask(server.port, peer.request, photo[: len(photo) // 2], _ANSWER_S)[0]
