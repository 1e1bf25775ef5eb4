"""The real server within what deploy/ puts around it: read-only root, nginx, Caddy, Prometheus."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.deploy.around import (
    as_spelled,
    caddy,
    can_seal,
    client,
    metric_names,
    nginx,
    prometheus,
    sealed,
    write_nginx,
)
from tests.deploy.metrics import SERIES, panels
from tests.server.running import REPO, RunningServer, running_server

SAMPLES = REPO / "docs" / "samples"
CAT = SAMPLES / "cat.jpg"
SPELLINGS = ("/metrics", "//metrics", "/metrics/", "/%6detrics", "/x/../metrics")
DOORS = {"nginx": nginx, "caddy": caddy}
SCRAPED_SECONDS = 30.0
SERVE = [sys.executable, "-m", "bentoml", "serve", "service:svc", "--timeout-keep-alive", "65"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server behind trusted proxies; where the machine allows it, on a read-only root."""
    folder = tmp_path_factory.mktemp("together")
    temporary = folder / "tmp"
    temporary.mkdir()
    env = {"TMPDIR": str(temporary), "HOME": "/nowhere", "FRAMED_TRUSTED_PROXIES": "127.0.0.1"}
    with running_server(
        folder,
        program=sealed(_written(folder), SERVE) if can_seal() else SERVE,
        arguments=["--timeout-graceful-shutdown", "3"],
        env={**env, "PYTHONDONTWRITEBYTECODE": "1"},
    ) as started:
        started.wait_for_match()  # answers are the same from then on
        yield started


def _written(folder: Path) -> list[Path]:
    """The test's own folder, and that of prepared models, which other tests share."""
    engines = Path(os.environ.get("FRAMED_ENGINE_CACHE", folder))
    engines.mkdir(parents=True, exist_ok=True)
    return [folder, engines]


@pytest.fixture(scope="module", params=DOORS)
def door(
    request: pytest.FixtureRequest, server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A client of the server, through a proxy."""
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    folder = tmp_path_factory.mktemp(request.param)
    with DOORS[request.param](folder, _address(server)) as at, client(at) as asking:
        yield asking


@pytest.mark.skipif(not can_seal(), reason="a root of its own takes root rights and util-linux")
def test_nothing_is_written_but_where_the_manifests_say(server: RunningServer) -> None:
    """On a read-only root, without capabilities, it serves photos, and never tries elsewhere."""
    process = Path(f"/proc/{server.process.pid}")
    assert not os.access(process / "root" / "usr", os.W_OK)
    assert "CapEff:\t0000000000000000" in (process / "status").read_text()
    with client(server.url) as direct:
        assert _classified(direct)["results"]
        assert _features(direct).status_code == 200
    assert "Read-only file system" not in server.text()
    assert any((server.log.parent / "tmp").iterdir())  # sockets and the like: TMPDIR is heeded
    assert (server.log.parent / "cache" / "banks").is_dir()


def test_a_photo_passes_through(door: httpx.Client, server: RunningServer) -> None:
    """With the same answer as without the proxy, and the request id of the caller."""
    with client(server.url) as direct:
        straight = _classified(direct)
    assert _classified(door)["results"] == straight["results"]
    answer = door.get("/readyz", headers={"X-Request-ID": "through-the-door"})
    assert answer.headers["X-Request-ID"] == "through-the-door"


def test_a_stream_is_not_held_back(door: httpx.Client) -> None:
    """The first line of a batch is there while later photos are still worked on."""
    photos = [("files", (f"{n}.jpg", CAT.read_bytes() + os.urandom(8))) for n in range(40)]
    came: list[tuple[float, dict[str, Any]]] = []
    asked = {"Accept": "application/x-ndjson"}
    with door.stream("POST", "/features", files=photos, headers=asked) as answer:
        assert answer.status_code == 200
        for line in answer.iter_lines():
            came.append((time.monotonic(), json.loads(line)))
    (first, _), (last, end) = came[0], came[-1]
    assert end == {"done": True, "count": 40, "failed": 0}
    assert last - first > 0.02


def test_a_body_over_the_limit_is_refused(door: httpx.Client) -> None:
    """In Framed's own shape; batches may be larger than single photos."""
    answer = door.post("/classify", content=b"\0" * (47 * 2**20))
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "too_large"
    many = [("files", (f"{n}.bin", b"\0" * (2**20))) for n in range(47)]
    assert door.post("/features", files=many).status_code == 200  # no photos, told one by one


def test_callers_are_told_apart_by_their_own_addresses(
    door: httpx.Client, server: RunningServer
) -> None:
    """Whatever they say themselves is dropped: nobody reloads as if from this machine."""
    lies = {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1", "X-Real-IP": "127.0.0.1"}
    assert door.post("/reload", headers=lies).status_code == 403
    assert door.post("/reload").status_code == 403


@pytest.mark.parametrize("path", SPELLINGS)
def test_metrics_are_not_public(door: httpx.Client, path: str) -> None:
    """In no spelling of the path."""
    status, body = as_spelled(door, path)
    assert "framed_" not in body
    assert status in (301, 307, 308, 400, 404)


def test_connections_are_kept(door: httpx.Client) -> None:
    """Many requests in a row, and one after a pause: none meets a connection that is closing."""
    for _ in range(50):
        assert door.get("/livez").status_code == 200


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_reads_its_file(tmp_path: Path) -> None:
    """Without a word of complaint."""
    config = write_nginx(tmp_path, "127.0.0.1:3000", 4430)
    done = subprocess.run(
        ["nginx", "-t", "-e", "stderr", "-c", str(config)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


@pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not installed")
def test_caddy_reads_its_file() -> None:
    """And would write it as it stands."""
    file = str(REPO / "deploy" / "caddy" / "Caddyfile")
    for verb in (["validate", "--config", file], ["fmt", "--diff", file]):
        done = subprocess.run(["caddy", *verb], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert not [line for line in done.stdout.splitlines() if line[:1] in "+-"]


def test_the_server_has_every_metric(server: RunningServer) -> None:
    """That dashboard, alerts and autoscaler ask for, once a photo and a batch were answered."""
    with client(server.url) as direct:
        _classified(direct)
        _features(direct)
        page = direct.get("/metrics")
    assert page.status_code == 200
    assert set(SERIES) - metric_names(page.text) == set()


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="Prometheus is not installed")
def test_prometheus_answers_the_dashboard(server: RunningServer, tmp_path: Path) -> None:
    """Every panel has figures while photos are classified, and no alert goes off."""
    with prometheus(tmp_path, _address(server)) as at, client(at) as asking:
        end = time.monotonic() + SCRAPED_SECONDS
        while (empty := _empty(asking)) and time.monotonic() < end:
            with client(server.url) as direct:
                _classified(direct)
                _features(direct)
                direct.post("/classify", files={"file": b"words"})
        fired = asking.get("/api/v1/alerts").json()["data"]["alerts"]
    assert empty == []
    assert [each["labels"]["alertname"] for each in fired if each["state"] == "firing"] == []


def _empty(asking: httpx.Client) -> list[str]:
    """Titles of panels without a figure."""
    titles = []
    for title, query in panels():
        found = asking.get("/api/v1/query", params={"query": query}).json()
        assert found["status"] == "success", (title, found)
        if not found["data"]["result"]:
            titles.append(title)
    return titles


def _address(server: RunningServer) -> str:
    return f"127.0.0.1:{server.port}"


def _classified(asking: httpx.Client) -> dict[str, Any]:
    answer = asking.post("/classify", files={"file": CAT.read_bytes()})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def _features(asking: httpx.Client) -> httpx.Response:
    return asking.post("/features", files={"files": CAT.read_bytes()})


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_the_documentation_works_below_a_path(server: RunningServer, tmp_path: Path) -> None:
    """With what the file of nginx says of it: page, files, description and links."""
    with nginx(tmp_path, _address(server), below="/framed") as at, client(at) as door:
        page = door.get("/framed/docs").text
        links = re.findall(r"['\"](/[^'\"]*(?:\.js|\.css|\.png|\.json))['\"]", page)
        assert len(links) == 4
        assert {link.split("/")[1] for link in links} == {"framed"}
        assert {door.get(link).status_code for link in links} == {200}
        servers = door.get("/framed/openapi.json").json()["servers"]
        assert servers == [{"url": "/framed"}]
        assert door.get(f"{servers[0]['url']}/labels").status_code == 200
        assert 'href="/framed/docs"' in door.get("/framed/").text
        lies = {"X-Forwarded-Prefix": "/elsewhere"}
        assert "elsewhere" not in door.get("/docs", headers=lies).text
