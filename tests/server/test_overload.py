"""A server that is asked for more than it can do: it does what it can, and says no at once."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from scripts.benchmarks.child import Child
from scripts.benchmarks.flood import Flood, Senders
from tests.server.load import load_on, raw
from tests.server.running import RunningServer, running_server

CLIENTS = 256
USUAL = 16
TIMES = 4  # the rate that can be answered
FAR_TOO_MANY = 400.0  # photos a second
SHORT = {"FRAMED_LONGEST_WAIT": "0.5", "FRAMED_DEADLINE": "4"}  # a few seconds are enough
SECONDS, SOAK_SECONDS = 6.0, 60.0
PATH = "/classify?top_k=1"


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of its own, as its neighbours would notice the flood."""
    with running_server(tmp_path_factory.mktemp("overload"), env=SHORT) as server:
        yield server


@pytest.fixture(scope="module")
def flood(busy: RunningServer, sample: Path) -> tuple[Flood, list[int]]:
    """What became of 256 clients that send far too much, and of the probes meanwhile."""
    over, statuses = threading.Event(), []

    def probe() -> None:
        with httpx.Client(base_url=busy.url, timeout=10, trust_env=False) as client:
            while not over.wait(0.2):
                statuses.extend(client.get(path).status_code for path in ("/livez", "/readyz"))

    thread = threading.Thread(target=probe)
    thread.start()
    try:
        senders = Senders(busy.url, PATH, [sample.read_bytes()])
        return senders.send(CLIENTS, FAR_TOO_MANY, SECONDS), statuses
    finally:
        over.set()
        thread.join()


def test_whom_it_takes_it_answers(flood: tuple[Flood, list[int]]) -> None:
    """Photos are answered or refused; none that was taken in ends at its deadline."""
    answers, _ = flood
    assert {status for status, _ in answers.answers} <= {200, 503}
    assert answers.count(200) > 0


def test_refusals_say_when_to_come_back(flood: tuple[Flood, list[int]]) -> None:
    """Far above the rate some are refused, each with Retry-After."""
    answers, _ = flood
    assert answers.count(503) > 0
    assert answers.without_retry_after == 0


def test_it_is_alive_and_ready_all_the_while(flood: tuple[Flood, list[int]]) -> None:
    """Probes see a server that works, not one to be replaced."""
    _, probes = flood
    assert len(probes) >= 4
    assert set(probes) == {200}


def test_afterwards_all_is_as_before(busy: RunningServer, sample: Path, flood: object) -> None:
    """The next photo is answered, and nothing is left waiting."""
    answer = httpx.post(f"{busy.url}{PATH}", content=sample.read_bytes(), timeout=20)
    assert answer.status_code == 200, answer.text


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere loopback has one address")
def test_one_sender_cannot_starve_another(busy: RunningServer, sample: Path) -> None:
    """While one address floods the server, the few photos of another are all answered."""
    photo = [sample.read_bytes()]
    many, few = Senders(busy.url, PATH, photo), Senders(busy.url, PATH, photo, "127.0.0.2")
    with ThreadPoolExecutor(1) as aside:
        flooding = aside.submit(many.send, CLIENTS, FAR_TOO_MANY, SECONDS)
        seen = few.send(2, 2.0, SECONDS - 1)
        assert flooding.result().count(503) > 0
    assert {status for status, _ in seen.answers} == {200}


def test_texts_are_encoded_in_time_or_refused_at_once(busy: RunningServer) -> None:
    """Of more texts than there is time for some requests are answered, the others are told when to
    come back, and none ends at its deadline; one word beside them is answered."""

    def ask(texts: list[str]) -> httpx.Response:
        body = {"texts": texts}
        return httpx.post(f"{busy.url}/encode_text", json=body, timeout=20, trust_env=False)

    long = " ".join(f"word{number}" for number in range(60))
    sent = [[f"{each} {number} {long}" for number in range(600)] for each in range(8)]
    with ThreadPoolExecutor(len(sent)) as pool:
        asked = [pool.submit(ask, texts) for texts in sent]
        beside = [ask([f"a word {number}"]).status_code for number in range(4)]
    answers = [each.result() for each in asked]
    assert set(beside) == {200}
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert 200 in {answer.status_code for answer in answers}
    refused = [answer for answer in answers if answer.status_code == 503]
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)


@pytest.mark.soak
def test_a_minute_of_it(tmp_path: Path, sample: Path) -> None:
    """Nine in ten of the photos that could be answered are, and refusals come within 100 ms."""
    photo = sample.read_bytes()
    with running_server(tmp_path) as server:
        could = asyncio.run(_rate(server, photo, 20.0))
        with Child(Senders, server.url, PATH, [photo]) as senders:  # nobody else's pauses in it
            seen: Flood = senders.ask("send", CLIENTS, TIMES * could, SOAK_SECONDS)
    refused = seen.seconds(503)
    print(f"{could:.1f}/s can be, {seen.count(200) / seen.wall:.1f}/s were; {len(refused)} refused")
    assert {status for status, _ in seen.answers} <= {200, 503}
    assert seen.count(200) / (seen.wall - seen.cpu / 2) >= 0.9 * could
    assert refused[int(0.99 * len(refused))] <= 0.1


async def _rate(server: RunningServer, photo: bytes, seconds: float) -> float:
    done, ask = 0, raw("classify", PATH, photo)
    async with load_on(server.url, USUAL) as load:
        await load.send([ask] * USUAL, USUAL)
        end = asyncio.get_running_loop().time() + seconds

        async def client() -> None:
            nonlocal done
            while asyncio.get_running_loop().time() < end:
                reply = await load.one(ask)
                done += reply.status == 200

        await asyncio.gather(*(client() for _ in range(USUAL)))
    return done / seconds
