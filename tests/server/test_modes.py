"""However Framed is run, from a checkout, in one process or as a Bento, it answers the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.load import differences
from tests.server.running import REPO, RunningServer, running_server

TOLERANCE = 1e-5
SERVED = ("service.py", "framed", "runners", "config")
BENTOFILE = REPO / "bentofile.yaml"
BUILD_SECONDS = 180
IN_PROCESS = """
import asyncio, json, sys, time
from pathlib import Path
import httpx
from framed.errors import FramedError
from service import svc

photo = Path(sys.argv[1])

async def typed():
    framed = svc()
    while True:
        try:
            one = await framed.classify(file=photo, top_k=3)
            if "match_reason" not in one:
                return one, await framed.features(files=[photo])
        except FramedError as loading:
            assert loading.code == "not_ready", loading
        await asyncio.sleep(0.2)

async def application():
    app = svc.to_asgi()
    transport = httpx.ASGITransport(app=app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1"
    ) as client:
        while (await client.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.2)
        upload = photo.read_bytes()
        while "match_reason" in (await client.post("/classify", files={"file": upload})).json():
            await asyncio.sleep(0.1)
        one = await client.post("/classify", params={"top_k": 3}, files={"file": upload})
        many = await client.post("/features", files={"files": (photo.name, upload)})
        return one.json(), many.json()

print(json.dumps([asyncio.run(typed()), asyncio.run(application())]))
"""


@pytest.fixture(scope="module")
def expected(server: RunningServer, sample: Path) -> list[Any]:
    """What the shared server answers to `/classify` and `/features`."""
    return _answers(server, sample)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache folder for all servers of this file."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def development(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """`bentoml serve --development --reload` on a copy of the sources, which nobody edits."""
    folder = tmp_path_factory.mktemp("development")
    sources = folder / "sources"
    sources.mkdir()
    for name in SERVED:
        copy = shutil.copytree if (REPO / name).is_dir() else shutil.copy
        copy(REPO / name, sources / name)
    env = {"FRAMED_CACHE_DIR": str(cache), "FRAMED_FEATURE_CACHE": "False"}
    arguments = ("--development", "--reload")
    with running_server(folder, arguments=arguments, env=env, cwd=sources) as server:
        server.wait_for_match()
        yield server


@pytest.fixture(scope="module")
def bento(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The Bento built from this tree, served from a folder that holds nothing of it."""
    if not BENTOFILE.exists():
        pytest.skip("there is no bentofile.yaml to build from")
    folder = tmp_path_factory.mktemp("bento")
    own = {"BENTOML_HOME": str(folder / "bentoml"), "BENTOML_DO_NOT_TRACK": "True"}
    built = subprocess.run(
        [sys.executable, "-m", "bentoml", "build"],
        cwd=REPO,
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    env = {"FRAMED_CACHE_DIR": str(cache), "FRAMED_FEATURE_CACHE": "False"}
    with running_server(folder, target="framed:latest", env=env, cwd=elsewhere) as server:
        server.wait_for_match()
        yield server


def test_development_server_answers_alike(development: RunningServer, expected, sample: Path):
    """The development server, all in one process, gives the answers of production."""
    services = [each for each in development.processes() if "--service-name" in each.cmdline()]
    assert len(services) == 1
    assert differences(expected, _answers(development, sample), TOLERANCE) == []


def test_bento_answers_alike(bento: RunningServer, expected, sample: Path):
    """The built Bento gives the answers of the checkout, from any folder."""
    assert differences(expected, _answers(bento, sample), TOLERANCE) == []


def test_servers_share_a_cache(development: RunningServer, bento: RunningServer, sample: Path):
    """Two servers at once on one cache folder answer alike, also after each was reloaded."""
    before = _answers(development, sample)
    for server in (bento, development, bento):
        reloaded = httpx.post(f"{server.url}/reload", timeout=60, trust_env=False)
        assert reloaded.status_code == 200, reloaded.text
        assert reloaded.json()["encoded_prompts"] == 0  # either finds what the other has kept
    for server in (development, bento):
        assert differences(before, _answers(server, sample), TOLERANCE) == []


def test_in_process_answers_alike(cache: Path, expected, sample: Path):
    """`svc()` and `svc.to_asgi()` inside a Python program give the answers of the server."""
    ran = subprocess.run(
        [sys.executable, "-c", IN_PROCESS, str(sample)],
        cwd=REPO,
        env={
            **os.environ,
            "FRAMED_CACHE_DIR": str(cache),
            "FRAMED_FEATURE_CACHE": "False",
            "BENTOML_DO_NOT_TRACK": "True",
        },
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-4000:]
    typed, application = json.loads(ran.stdout.splitlines()[-1])
    assert differences(expected, application, TOLERANCE) == []
    assert differences(expected, typed, TOLERANCE) == []


def _answers(server: RunningServer, sample: Path) -> list[Any]:
    """One photo to `/classify` and `/features`."""
    with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
        photo = sample.read_bytes()
        one = client.post("/classify", params={"top_k": 3}, files={"file": photo})
        many = client.post("/features", files={"files": (sample.name, photo)})
    assert (one.status_code, many.status_code) == (200, 200), one.text + many.text
    return [one.json(), many.json()]
