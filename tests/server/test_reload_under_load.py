"""Label banks are read again while the real server works: no gap, no mixture, no bad bank."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.server.load import (
    Ask,
    Load,
    Reply,
    as_json,
    differences,
    failures,
    load_on,
    percentile,
    upload,
)
from tests.server.own_config import TEMPLATES, own_config, words, write_bank
from tests.server.running import RunningServer, running_server

BANK = "words"
CLIENTS = 16
RELOADS = 6
SOAK_RELOADS = 200
SOAK_REQUESTS = 20_000
BETWEEN = 2  # requests of one more client between two reloads: some 30 of the others' go by
MOST = 5000  # requests, should a reload hang
TOLERANCE = 1e-5


@dataclass(frozen=True)
class Private:
    """A server of this file's own, and the configuration folder that it reads."""

    server: RunningServer
    config: Path
    photo: Path
    client: httpx.Client

    def classify(self) -> dict[str, object]:
        """The answer of the bank that serves now."""
        answer = self.client.post(
            "/classify", data={"bank": BANK}, files={"file": self.photo.read_bytes()}
        )
        assert answer.status_code == 200, answer.text
        body: dict[str, object] = answer.json()
        return body

    def reload(self, bank: str | None = BANK) -> httpx.Response:
        """Have the files read again."""
        return self.client.post("/reload", json={"bank": bank})


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Iterator[Private]:
    folder = tmp_path_factory.mktemp("reload")
    config = own_config(folder)
    write_bank(config, BANK, words("a"))
    with (
        running_server(folder, env={"FRAMED_CONFIG_DIR": str(config)}) as server,
        httpx.Client(base_url=server.url, timeout=120, trust_env=False) as client,
    ):
        server.wait_for(lambda: _serves(client), 120)  # banks beside the default one come later
        server.wait_for_match()
        yield Private(server, config, sample, client)


def test_no_answer_mixes_two_banks(private: Private):
    """Reloads under load fail no request, and each answer is of the old or the new bank, whole."""
    replies, reloads = asyncio.run(_reload_under_load(private))
    assert [reply.status for reply in reloads] == [200] * RELOADS
    assert not failures(replies)
    labels_of = {
        _serving(reloads, "checksum_before", 0): set(words("a")),
        _serving(reloads, "checksum", 0): set(words("b")),
    }
    assert len(labels_of) == 2
    assert {reply.body["bank_checksum"] for reply in replies} == set(labels_of)
    for reply in replies:
        labels = {result["label"] for result in reply.body["results"]}
        assert labels <= labels_of[reply.body["bank_checksum"]]
    assert not _differing(replies)[:20]
    print([_brief(reply) for reply in reloads])  # shown with -s


@pytest.mark.soak
def test_no_answer_mixes_two_banks_for_long(private: Private):
    """200 reloads during 20,000 classifications of 16 clients: none fails, and each answer is of
    the old or the new bank, whole, with the figures that this bank always gives."""
    start = time.monotonic()
    replies, reloads = asyncio.run(_reload_while_many_ask(private))
    seconds = time.monotonic() - start
    assert [reply.status for reply in reloads] == [200] * SOAK_RELOADS
    assert len(replies) == SOAK_REQUESTS
    assert not failures(replies)
    labels_of = {
        reload.body["checksum"]: set(words("ba"[turn])) for turn, reload in enumerate(reloads[:2])
    }
    assert {reply.body["bank_checksum"] for reply in replies} == set(labels_of)
    assert len(labels_of) == 2
    assert all(
        {result["label"] for result in reply.body["results"]}
        <= labels_of[reply.body["bank_checksum"]]
        for reply in replies
    )
    assert not _differing(replies)[:20]
    print(
        f"{len(replies)} classifications and {len(reloads)} reloads in {seconds:.0f} s; p50, p99, "
        f"most: {percentile(replies, 0.5):.3f}, {percentile(replies, 0.99):.3f}, "
        f"{percentile(replies, 1):.3f} s; a reload {percentile(reloads, 0.5):.3f}, at most "
        f"{percentile(reloads, 1):.3f} s"
    )  # shown with -s


def test_new_bank_serves_from_the_next_request(private: Private):
    """Once the reload is answered, the bank it names is the one that serves."""
    for version in ("b", "a"):
        write_bank(private.config, BANK, words(version))
        told = private.reload().json()
        assert private.classify()["bank_checksum"] == told["checksum"]
        assert (told["labels"], told["templates"]) == (200, len(TEMPLATES))


def test_unchanged_bank_is_not_encoded_again(private: Private):
    """A reload of files that say the same as before asks nothing of the model."""
    private.reload()
    told = private.reload().json()
    assert told["encoded_prompts"] == 0
    assert told["changed"] is False
    assert told["checksum"] == told["checksum_before"]


def test_new_labels_alone_are_encoded(private: Private):
    """One more label costs its own prompts, not the bank's."""
    write_bank(private.config, BANK, words("a"))
    private.reload()
    write_bank(private.config, BANK, [*words("a"), "quite another thing"])
    assert private.reload().json()["encoded_prompts"] == len(TEMPLATES)


def test_banks_are_kept_on_disk_by_checksum(private: Private):
    """The vectors of each bank that served lie in the cache folder under its checksum."""
    checksums = []
    for version in ("a", "b"):
        write_bank(private.config, BANK, words(version))
        checksums.append(private.reload().json()["checksum"])
    kept = {file.stem for file in (private.server.log.parent / "cache").rglob(f"{BANK}/*")}
    assert set(checksums) <= kept


_GOOD = json.dumps({"labels": words("a")}, indent=1)
_DOUBLE = json.dumps({"labels": [*words("a")[:9], words("a")[3]]}, indent=1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(_GOOD.replace('"', "'", 7), ["line 2"], id="no JSON"),
        pytest.param(_GOOD[: len(_GOOD) // 2], ["line "], id="cut off"),
        pytest.param(_DOUBLE, ["line 12", words("a")[3], "line 6"], id="a label twice"),
        pytest.param('{"labels": []}', ["no labels"], id="no labels"),
        pytest.param("", ["line 1"], id="an empty file"),
        pytest.param('{"labels": ["x",\n 7]}', ["line 2", "7"], id="a number"),
        pytest.param('{"words": ["x"]}', ["labels"], id="another key"),
    ],
)
def test_bad_file_leaves_the_bank(private: Private, text: str, says: list[str]):
    """A bad labels file is refused with file, line and reason, and the old bank goes on."""
    file = write_bank(private.config, BANK, words("a"))
    good = private.reload().json()["checksum"]
    file.write_text(text)
    for bank in (BANK, None):
        refused = private.reload(bank)
        assert refused.status_code == 400
        error = refused.json()["error"]
        assert error["code"] == "invalid_bank"
        assert f"{BANK}/labels.json" in error["message"]
        assert [part for part in says if part not in error["message"]] == []
        assert str(private.config) not in refused.text  # where it lies is not the caller's
    assert private.classify()["bank_checksum"] == good


def test_a_fifo_holds_no_reload_back(private: Private):
    """A FIFO in the place of the labels file is refused at once and by name, and the next reload
    of a mended file serves."""
    file = write_bank(private.config, BANK, words("a"))
    file.unlink()
    os.mkfifo(file)
    for bank in (BANK, None):
        refused = private.reload(bank)
        assert refused.status_code == 400
        assert refused.json()["error"]["code"] == "invalid_bank"
        assert f"{BANK}/labels.json is not a regular file" in refused.text
    file.unlink()
    write_bank(private.config, BANK, words("a"))
    assert private.reload().status_code == 200


def test_fixed_file_serves(private: Private):
    """After a refusal the mended file is taken as any other."""
    file = write_bank(private.config, BANK, words("b"))
    file.write_text("{")
    assert private.reload().status_code == 400
    write_bank(private.config, BANK, words("c"))
    told = private.reload()
    assert told.status_code == 200
    results = private.classify()["results"]
    assert isinstance(results, list)
    assert {result["label"] for result in results} <= set(words("c"))


async def _reload_under_load(private: Private) -> tuple[list[Reply], list[Reply]]:
    """Clients that classify until the last reload is answered; replies of both."""
    stop = asyncio.Event()
    ask = upload("classify", "/classify", "file", private.photo.read_bytes(), bank=BANK, top_k="10")

    def until_stopped() -> Iterator[Ask]:
        for _ in range(MOST):
            if stop.is_set():
                return
            yield ask

    async with load_on(private.server.url, CLIENTS + 1) as load:
        clients = asyncio.create_task(load.send(until_stopped(), CLIENTS))
        reloads = await _swap(load, private.config, ask)
        stop.set()
        return await clients, reloads


async def _reload_while_many_ask(private: Private) -> tuple[list[Reply], list[Reply]]:
    """Replies of so many requests, and of the reloads that are spread over them by their count."""
    ask = upload("classify", "/classify", "file", private.photo.read_bytes(), bank=BANK, top_k="10")
    sent, turn = 0, asyncio.Event()

    def counted() -> Iterator[Ask]:
        nonlocal sent
        for sent in range(1, SOAK_REQUESTS + 1):
            if sent % (SOAK_REQUESTS // SOAK_RELOADS) == 0:
                turn.set()
            yield ask

    async with load_on(private.server.url, CLIENTS + 1) as load:
        clients = asyncio.create_task(load.send(counted(), CLIENTS))
        reloads: list[Reply] = []
        for number in range(SOAK_RELOADS):
            await turn.wait()
            turn.clear()
            await asyncio.to_thread(write_bank, private.config, BANK, words("ba"[number % 2]))
            reloads.append(await load.one(as_json("reload", "/reload", {"bank": BANK})))
            if sent >= (number + 2) * (SOAK_REQUESTS // SOAK_RELOADS):
                turn.set()  # a reload that took longer than its share of the requests
        return await clients, reloads


def _differing(replies: list[Reply]) -> list[str]:
    """Where answers of one and the same bank differ from its first."""
    first = {reply.body["bank_checksum"]: reply for reply in reversed(replies)}
    return [
        difference
        for reply in replies
        for difference in differences(
            first[reply.body["bank_checksum"]].body, reply.body, TOLERANCE
        )
    ]


async def _swap(load: Load, config: Path, ask: Ask) -> list[Reply]:
    reloads = []
    for turn in range(RELOADS):
        await load.send([ask] * BETWEEN, 1)
        write_bank(config, BANK, words("ba"[turn % 2]))
        reloads.append(await load.one(as_json("reload", "/reload", {"bank": BANK})))
    await load.send([ask] * BETWEEN, 1)
    return reloads


def _serving(reloads: list[Reply], key: str, turn: int) -> str:
    checksum: str = reloads[turn].body[key]
    return checksum


def _brief(reply: Reply) -> dict[str, object]:
    return {name: reply.body[name] for name in ("checksum", "encoded_prompts", "seconds")}


def _serves(client: httpx.Client) -> bool:
    return BANK in client.get("/info").json().get("banks", {})
