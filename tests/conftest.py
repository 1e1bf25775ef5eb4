"""What all tests share: one folder of prepared models, as exporting one takes many seconds."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

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
