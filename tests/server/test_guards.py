"""The tables of forbidden addresses and paths, through a real server that may fetch and read.

It runs with URL and path input on: what is refused is refused by the rules, not by a switch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.intake.tables import SECRET, path_cases, plant, url_cases
from tests.server.running import running_server
from tests.server.test_no_fetching import Opened
from tests.web import PhotoServer, Trap, photo_server

# a case with look-ups of its own needs a name server that lies: those run in tests/intake
URLS = [case for case in url_cases() if not case.answers]
PATHS = path_cases()
NOWHERE = "nothing.jpg"


@dataclass(frozen=True)
class Guarded:
    """The server, the folder it may read, a web server it may call, and a door it may not."""

    client: httpx.Client
    root: Path
    photos: PhotoServer
    trap: Trap


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Iterator[Guarded]:
    root = plant(tmp_path_factory.mktemp("guarded"), sample.read_bytes())
    trap = Trap()
    env = {
        "FRAMED_URL_INPUT": "on",
        "FRAMED_URL_PRIVATE_HOSTS": "localhost",
        "FRAMED_PATH_ROOTS": str(root),
        "FRAMED_FEATURE_CACHE": "False",
    }
    with (
        photo_server() as photos,
        running_server(tmp_path_factory.mktemp("server"), env=env) as server,
        httpx.Client(base_url=server.url, timeout=120, trust_env=False) as client,
    ):
        yield Guarded(client, root, photos, trap)
    trap.close()


Refusal = dict[str, Any]
Ask = Callable[[httpx.Client, list[str]], list[Refusal]]


def by_features(client: httpx.Client, texts: list[str]) -> list[Refusal]:
    """The errors of `/features` for artifacts at these places; an answered one has none."""
    artifacts = [{"std_uri": text} for text in texts]
    answer = client.post("/features", json={"artifacts": artifacts})
    assert answer.status_code == 200, answer.text
    return [item.get("error", {}) for item in answer.json()["artifacts"]]


def _by_analyze(client: httpx.Client, name: str, texts: list[str]) -> list[Refusal]:
    answers = [client.get("/analyze", params={name: text}) for text in texts]
    assert {answer.status_code for answer in answers} <= {200, 400}
    return [answer.json().get("error", {}) for answer in answers]


def by_analyze_url(client: httpx.Client, texts: list[str]) -> list[Refusal]:
    return _by_analyze(client, "url", texts)


def by_analyze_file(client: httpx.Client, texts: list[str]) -> list[Refusal]:
    return _by_analyze(client, "file", texts)


@pytest.mark.parametrize("ask", [by_features, by_analyze_url])
def test_no_address_of_the_table_is_reached(guarded: Guarded, ask: Ask) -> None:
    """Each is refused with its code, the door stays closed, and only redirects were asked for."""
    texts = [case.spelled(guarded.trap.port, guarded.photos.url) for case in URLS]
    guarded.photos.asked.clear()
    codes = [error.get("code") for error in ask(guarded.client, texts)]
    by_path = ask is by_features  # what is no web address is a path there
    expected = [case.code if by_path else "forbidden_url" for case in URLS]
    assert dict(zip(texts, codes, strict=True)) == dict(zip(texts, expected, strict=True))
    assert guarded.trap.calls() == 0
    assert {asked.path[:4] for asked in guarded.photos.asked} == {"/to?"}


@pytest.mark.parametrize("ask", [by_features, by_analyze_file])
def test_no_path_of_the_table_is_read(guarded: Guarded, ask: Ask) -> None:
    """Nothing around the root is opened, and every refusal is that of a file that is not there."""
    twins = (case.spelled_twin(guarded.root) for case in PATHS)
    texts = [NOWHERE, *(case.spelled(guarded.root) for case in PATHS), *filter(None, twins)]
    opened = [Opened(folder) for folder in (guarded.root.parent, guarded.root)]
    errors = ask(guarded.client, texts)
    seen = [watching.names() for watching in opened]
    for watching in opened:
        watching.close()
    assert {error.get("code") for error in errors} == {"forbidden_path"}
    assert len({_words(error, text) for error, text in zip(errors, texts, strict=True)}) == 1
    assert {name for names in seen for name in names} <= {guarded.root.name, "in", "a.jpg"}
    assert SECRET.decode() not in str(errors)


def _words(error: Refusal, asked: str) -> tuple[str, str | None]:
    """The refusal's sentences without the path, which the analyze service repeated."""
    return error["message"].removesuffix(f": {asked[:4096]}"), error.get("reason")


def test_what_is_allowed_is_answered(guarded: Guarded) -> None:
    """The rules of this server do let a photo through, from the web and from the disk."""
    places = [f"{guarded.photos.url}/photo.jpg", "a.jpg", f"{guarded.photos.url}/times?1"]
    assert by_features(guarded.client, places) == [{}, {}, {}]
    assert guarded.client.get("/analyze", params={"url": places[0]}).status_code == 200
    assert guarded.client.get("/analyze", params={"file": "a.jpg"}).status_code == 200


def test_the_door_and_the_folder_are_watched(guarded: Guarded) -> None:
    """What these tests count on does notice a call."""
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"http://127.0.0.1:{guarded.trap.port}/", timeout=0.2, trust_env=False)
    assert guarded.trap.calls() == 1
