"""A Bento is built from the tree offline and holds what serving needs, and nothing else; the image
made of it is small: what installs and compiles stays in a stage that is left behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

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
    """The Dockerfile as `bentoml containerize` writes it for Docker."""
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


def test_holds_mini_prepared(bento):
    """The embedded checkpoint travels with its prepared form: served without torch."""
    inside = _relative(bento / "src")
    assert "config/models/mini/prepared/recipe.json" in inside
    assert _tracked_kind("config/models/mini/prepared", "*") <= inside


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


def test_packages_are_the_pinned_slim_ones(bento):
    """The image installs what requirements-slim.txt pins, from the registry it is pointed at."""
    given = (bento / "env" / "python" / "requirements.txt").read_text(encoding="utf-8")
    assert _pins(given) == _pins((ROOT / "requirements-slim.txt").read_text(encoding="utf-8"))
    assert "://" not in given
    assert "--" not in given


def _pins(requirements: str) -> set[str]:
    return set(re.findall(r"^[a-z0-9][a-z0-9._-]*==[^\s;]+", requirements, re.MULTILINE))


def test_gpu_bento_differs_by_its_packages_alone():
    """GPU=1 builds the same Bento, with torch and its CUDA packages."""
    small, large = (_bentofile(name) for name in ("bentofile.yaml", "bentofile.gpu.yaml"))
    assert small["python"].pop("requirements_txt") == "requirements-slim.txt"
    assert large["python"].pop("requirements_txt") == "requirements.txt"
    assert small == large


def _bentofile(name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize(
    ("asked", "bentofile"), [([], "bentofile.yaml"), (["GPU=1"], "bentofile.gpu.yaml")]
)
def test_make_image_builds_the_small_one_unless_told(asked, bentofile):
    """`make image` is without torch, `make image GPU=1` with it."""
    command = ["make", "--dry-run", "image", *asked]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert f"bentoml build -f {bentofile}\n" in said
    assert "bentoml containerize framed:latest" in said


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


def _stages(dockerfile: str) -> list[str]:
    """What stands between one FROM and the next."""
    return re.split(r"^FROM ", dockerfile, flags=re.MULTILINE)[1:]


def test_what_installs_stays_behind(dockerfile):
    """uv, its cache and the registry are of a stage that only two folders are taken from."""
    base, packages, image = _stages(dockerfile)
    assert base.startswith("python:3.11-slim ")
    assert packages.startswith("base-container AS packages")
    assert "install.sh" in packages
    for installer in ("install.sh", "pip install", "uv venv"):
        assert installer not in base + image
    copied = re.findall(r"^COPY (.*)$", image, re.MULTILINE)
    places = ("/app", "$BENTO_PATH")
    assert copied == [f"--from=packages --chown=root:root {each} {each}" for each in places]


def test_no_stage_has_a_compiler_or_lists_of_packages(dockerfile):
    """Wheels need none: nothing comes from Debian but the base image."""
    assert "apt-get" not in dockerfile
    assert "build-essential" not in dockerfile


def test_no_folder_is_owned_anew(dockerfile):
    """A recursive chown or chmod after a copy would hold every file twice."""
    image = _stages(dockerfile)[-1]
    assert not re.search(r"^RUN .*ch(own|mod) .*-R", image, re.MULTILINE)


def test_code_is_compiled_before_it_is_served(dockerfile):
    """With a read-only root each process would else compile all it imports, at each start."""
    _, packages, image = _stages(dockerfile)
    assert "ENV UV_COMPILE_BYTECODE=1" in packages
    assert "compileall -q $BENTO_PATH/src" in packages
    assert "RUN python3 -m compileall" in image


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
