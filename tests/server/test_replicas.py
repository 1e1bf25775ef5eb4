"""Real servers over one cache folder: one /reload of any of them serves on all, without a gap."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.server.load import Ask, Reply, failures, load_on, upload
from tests.server.own_config import own_config, words, write_bank
from tests.server.running import RunningServer, running_server

BANK = "words"
GROUP = "test"
CLIENTS = 4
MOST = 5000
FEW_SECONDS = 20.0  # one second between looks, on a machine that is busy
AGAIN = 90.0


@dataclass(frozen=True)
class Replica:
    """One of the servers, its own label files and a client of it."""

    server: RunningServer
    config: Path
    client: httpx.Client

    def checksums(self) -> dict[str, str]:
        """What serves now, by bank, as `/info` says; empty while the runner is away."""
        banks = self.client.get("/info").json().get("banks", {})
        return {name: bank["checksum"] for name, bank in banks.items()}

    def serves(self, checksum: str) -> bool:
        """Whether it serves this bank, waiting for it; `/labels` says the same as `/info`."""
        self.server.wait_for(lambda: self.checksums().get(BANK) == checksum, FEW_SECONDS)
        labels = self.client.get("/labels", params={"bank": BANK})
        return bool(self.checksums().get(BANK) == labels.json()["checksum"] == checksum)

    def reload(self, version: str) -> str:
        """Edit this replica's files alone, reload it, and say what serves now."""
        write_bank(self.config, BANK, _few(version))
        answer = self.client.post("/reload", json={"bank": BANK})
        assert answer.status_code == 200, answer.text
        checksum: str = answer.json()["checksum"]
        return checksum


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Replica, Replica]]:
    """Two servers of a group: a cache folder in common, and label files of their own."""
    folder = tmp_path_factory.mktemp("replicas")
    with _replica(folder, "a") as a, _replica(folder, "b") as b:
        yield a, b


def test_one_reload_serves_on_both(replicas: tuple[Replica, Replica]):
    """B serves what A reloaded, though B's own files are older, and says so in its log."""
    a, b = replicas
    before = b.checksums()[BANK]
    assert before == a.checksums()[BANK]
    checksum = a.reload("b")
    assert checksum != before
    assert b.serves(checksum)
    assert b.server.says(f"{before} -> {checksum}")
    assert b.server.says("follows the group")
    assert a.server.says(f"told the group {GROUP}")


def test_no_request_fails_meanwhile(replicas: tuple[Replica, Replica], sample: Path):
    """Both under load while each reloads in turn: every answer is of one bank, whole."""
    a, b = replicas
    ask = upload("classify", "/classify", "file", sample.read_bytes(), bank=BANK, top_k="10")
    known = {b.checksums()[BANK]: set(_few("b"))}
    stop = threading.Event()

    def turns() -> None:
        try:
            for replica, other, version in ((a, b, "a"), (b, a, "c"), (a, b, "b")):
                checksum = replica.reload(version)
                known[checksum] = set(_few(version))
                assert other.serves(checksum)
        finally:
            stop.set()

    replies = asyncio.run(_under_load([a, b], ask, turns, stop))
    assert not failures(replies)
    assert {reply.body["bank_checksum"] for reply in replies} == set(known)
    for reply in replies:
        labels = {result["label"] for result in reply.body["results"]}
        assert labels <= known[reply.body["bank_checksum"]]
    print(len(replies))  # shown with -s


def test_two_reloads_at_once_end_alike(replicas: tuple[Replica, Replica]):
    """Whoever was last wins on both: within seconds they serve the same again."""
    a, b = replicas
    told: dict[str, str] = {}

    def reload(replica: Replica, version: str) -> None:
        told[version] = replica.reload(version)

    threads = [threading.Thread(target=reload, args=pair) for pair in ((a, "a"), (b, "c"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(told.values())) == 2
    assert a.server.wait_for(lambda: a.checksums() == b.checksums(), FEW_SECONDS)
    assert a.checksums()[BANK] in told.values()


def test_a_killed_replica_comes_back_with_the_group_s_bank(replicas: tuple[Replica, Replica]):
    """B's runner is killed, A reloads while it is away, and B serves A's bank when it is back."""
    a, b = replicas
    runner = next(each for each in b.server.processes() if "ClipRunner" in each.cmdline())
    runner.send_signal(signal.SIGKILL)
    checksum = a.reload("b")
    assert b.server.wait_for(lambda: b.client.get("/readyz").status_code == 200, AGAIN)
    b.server.wait_for(lambda: BANK in b.checksums(), AGAIN)
    assert b.serves(checksum)
    assert b.server.says("label files here say something else")


def _few(version: str) -> list[str]:
    return words(version)[:12]


@contextmanager
def _replica(folder: Path, name: str) -> Iterator[Replica]:
    config = own_config(folder / name)
    write_bank(config, BANK, _few("a"))
    env = {
        "FRAMED_CONFIG_DIR": str(config),
        "FRAMED_CACHE_DIR": str(folder / "cache"),
        "FRAMED_REPLICA_GROUP": GROUP,
    }
    with (
        running_server(folder / name, env=env) as server,
        httpx.Client(base_url=server.url, timeout=120, trust_env=False) as client,
    ):
        replica = Replica(server, config, client)
        server.wait_for(lambda: BANK in replica.checksums(), AGAIN)
        yield replica


async def _under_load(
    replicas: Sequence[Replica], ask: Ask, work: Callable[[], None], stop: threading.Event
) -> list[Reply]:
    """Replies of clients of all replicas, from before `work` begins until it is done."""

    def until_stopped() -> Iterator[Ask]:
        for _ in range(MOST):
            if stop.is_set():
                return
            yield ask

    async def crowd(replica: Replica) -> list[Reply]:
        async with load_on(replica.server.url, CLIENTS) as load:
            return await load.send(until_stopped(), CLIENTS)

    crowds = [asyncio.create_task(crowd(replica)) for replica in replicas]
    await asyncio.to_thread(work)
    return [reply for crowd in crowds for reply in await crowd]
