"""The house keeps its order: imports one way, small files, names that say something."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("framed", "runners")
SERVICE = ROOT / "service.py"
MAX_MODULE_LINES = 300
MAX_SERVICE_LINES = 60
VAGUE_NAMES = {"utils", "util", "common", "helpers", "helper", "manager", "misc"}
HEAVY = {"torch", "torchvision", "open_clip", "timm", "transformers", "cv2"}

needs_service = pytest.mark.skipif(not SERVICE.exists(), reason="there is no service.py yet")


def _modules() -> list[Path]:
    inside = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return [*inside, *ROOT.glob("*.py"), *(ROOT / "scripts").glob("*.py")]


def _line_count(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    plain = (alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names)
    named = (node.module or "" for node in nodes if isinstance(node, ast.ImportFrom))
    return {name.split(".")[0] for name in chain(plain, named)}


def _placed() -> set[str]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rows = config["tool"]["importlinter"]["contracts"][0]["layers"]
    words = " ".join(rows).replace("|", " ").replace(":", " ").split()
    return {word.strip("()") for word in words}


def _rooms(package: str) -> set[str]:
    children = (ROOT / package).iterdir()
    kept = (child for child in children if child.suffix == ".py" or any(child.glob("*.py")))
    return {f"{package}.{child.stem}" for child in kept if child.stem != "__init__"}


def test_imports_run_one_way():
    """The import rules of pyproject.toml hold; the linter's own words say where they do not."""
    linter = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as l; l()"]
    run = subprocess.run([*linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_each_room_has_its_place(package):
    """A new module or folder is given its row in the import rules."""
    assert _rooms(package) <= _placed()


def test_nothing_imports_the_service():
    """`service.py` puts things together; no module of ours reaches back to it."""
    inside = [path for path in _modules() if path != SERVICE]
    assert [path for path in inside if "service" in _imports(path)] == []


def test_modules_are_small():
    """No module of the product is longer than a reader's patience."""
    long = {str(path): n for path in _modules() if (n := _line_count(path)) > MAX_MODULE_LINES}
    assert long == {}


def test_names_say_something():
    """No module or folder is called utils, common, helpers or manager."""
    parts = {part for path in _modules() for part in path.relative_to(ROOT).with_suffix("").parts}
    assert parts & VAGUE_NAMES == set()


@needs_service
def test_the_service_only_puts_together():
    """`service.py` stays within a screen or so."""
    assert _line_count(SERVICE) <= MAX_SERVICE_LINES


@needs_service
def test_importing_the_service_is_light():
    """Every process imports `service`; none gets a model library or OpenCV by that alone."""
    code = "import service, sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    loaded = set(run.stdout.splitlines()[-1].split())
    assert loaded & HEAVY == set()
