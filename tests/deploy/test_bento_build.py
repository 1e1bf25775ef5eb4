"""A Bento is built from the tree offline and holds what serving needs, and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:9"  # any attempt to reach a registry or a tracker ends here
NO_NETWORK = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), NOWHERE)
CONTAINERFILE = "import bentoml, sys; bentoml.container.get_containerfile(*sys.argv[1:])"

pytestmark = pytest.mark.skipif(
    not (ROOT / "service.py").exists(), reason="there is no service.py to build from yet"
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BentoML home of its own, in which the tree's Bento was built."""
    home = tmp_path_factory.mktemp("bentoml")
    build = [sys.executable, "-m", "bentoml", "build", "--version", "test"]
    run = subprocess.run(build, cwd=ROOT, env=_environment(home), capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return home


@pytest.fixture(scope="module")
def bento(store: Path) -> Path:
    return store / "bentos" / "framed" / "test"


@pytest.fixture(scope="module")
def dockerfile(store: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Dockerfile as `bentoml containerize` writes it."""
    written = tmp_path_factory.mktemp("image") / "Dockerfile"
    subprocess.run(
        [sys.executable, "-c", CONTAINERFILE, "framed:test", str(written)],
        cwd="/",  # BentoML reads a template only below the current folder
        env=_environment(store),
        check=True,
        capture_output=True,
    )
    return written.read_text(encoding="utf-8")


def _environment(home: Path) -> dict[str, str]:
    ours = {"BENTOML_HOME": str(home), "BENTOML_DO_NOT_TRACK": "True"}
    return {**os.environ, **NO_NETWORK, **ours}


def _relative(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def _tracked_kind(folder: str, pattern: str) -> set[str]:
    return {str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob(pattern)}


def test_holds_the_code(bento):
    """Every module of the service and the runners is inside."""
    code = _tracked_kind("framed", "*.py") | _tracked_kind("runners", "*.py") | {"service.py"}
    assert code <= _relative(bento / "src")


def test_holds_config_and_checkpoint(bento):
    """Banks, presets and the embedded checkpoint are inside, so that it serves without a hub."""
    config = _tracked_kind("config", "*.*")
    assert config <= _relative(bento / "src")
    assert any(name.endswith(".safetensors") for name in config)


def test_holds_the_sample_photos(bento):
    """The photos that the documentation shows a curl for are inside."""
    assert _tracked_kind("docs/samples", "*.jpg") <= _relative(bento / "src")


def test_holds_nothing_else(bento):
    """No tests, scripts, environments, caches or secrets travel with the service."""
    top = {path.name for path in (bento / "src").iterdir()}
    allowed = {"service.py", "framed", "runners", "config", "docs", "README.md", "LICENSE"}
    assert top <= allowed | {"bentofile.yaml"}
    assert not [name for name in _relative(bento / "src") if "__pycache__" in name]


def test_shows_the_readme(bento):
    """`bentoml get` and a Bento's page show the project's own README."""
    ours = (ROOT / "README.md").read_text(encoding="utf-8")
    assert (bento / "README.md").read_text(encoding="utf-8") == ours


def test_packages_are_the_pinned_ones(bento):
    """The image installs what requirements.txt pins, from whichever registry it is pointed at."""
    pins = re.compile(r"^[a-z0-9][a-z0-9._-]*==[^\s;]+", re.MULTILINE)
    wanted = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    given = (bento / "env" / "python" / "requirements.txt").read_text(encoding="utf-8")
    assert set(pins.findall(given)) == set(pins.findall(wanted))
    assert "://" not in given
    assert "--" not in given


def test_image_runs_as_a_plain_user(dockerfile):
    """The last user named is BentoML's own, not root."""
    assert re.findall(r"^USER (\w+)", dockerfile, re.MULTILINE)[-1] == "bentoml"


def test_image_says_how_it_serves(dockerfile):
    """Port, volume of the cache and the longer keep-alive are in the image; tracking is off."""
    lines = dockerfile.splitlines()
    assert "EXPOSE 3000" in lines
    assert 'CMD ["serve", "--timeout-keep-alive", "65"]' in lines
    assert "ENV BENTOML_DO_NOT_TRACK=True" in lines
    volume = next(line.split()[1] for line in lines if line.startswith("VOLUME"))
    assert f"ENV FRAMED_CACHE_DIR={volume}" in lines
    assert f"RUN mkdir {volume} && chown bentoml:bentoml {volume}" in lines


def test_torch_backend_is_chosen_before_packages_are_installed(dockerfile):
    """`--opt build-arg=TORCH_BACKEND=cpu` reaches uv in time, and without it nothing changes."""
    argument = dockerfile.index("\nARG TORCH_BACKEND\n")
    configured = dockerfile.index("torch-backend = ")
    assert argument < configured < dockerfile.index("install.sh")


@pytest.fixture
def health_port() -> Iterator[tuple[int, list[int]]]:
    """A server whose `/healthz` answers with the one status in the list."""
    answer = [200]

    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answer[0] if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, answer
        server.shutdown()


def test_health_check_tells_well_from_unwell(dockerfile, health_port):
    """The image's own health command passes on 200 and fails on 503 and on silence."""
    port, answer = health_port
    command = re.search(r"^HEALTHCHECK .*\\\n\s*CMD (.*)$", dockerfile, re.MULTILINE)
    assert command
    assert _exit_code(command[1], port) == 0
    answer[0] = 503
    assert _exit_code(command[1], port) != 0
    assert _exit_code(command[1], 9) != 0


def _exit_code(command: str, port: int) -> int:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "FRAMED_PORT": str(port), "http_proxy": NOWHERE}
    return subprocess.run(["sh", "-c", command], env=environment, capture_output=True).returncode
