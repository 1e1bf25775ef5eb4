"""What all tests share: one folder of prepared models, as exporting one takes many seconds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from framed.settings import PREFIX, RUN_ID, settings

pytest_plugins = ["tests.absent"]

ENGINES = "FRAMED_ENGINE_CACHE"


@pytest.fixture(scope="session", autouse=True)
def engine_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The folder, new in every run: what another version of the code exported is not trusted."""
    base = tmp_path_factory.getbasetemp()
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # workers share one run
    folder = str(run / "engines")
    before = os.environ.get(ENGINES)
    os.environ[ENGINES] = folder
    yield folder
    if before is None:
        del os.environ[ENGINES]
    else:
        os.environ[ENGINES] = before


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No setting and no run of whoever runs the tests; none stays behind."""
    for name in os.environ:
        if name.startswith((PREFIX, "CLIP_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv(RUN_ID, "to be restored")
    monkeypatch.delenv(RUN_ID)
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()
    yield
    settings.cache_clear()
