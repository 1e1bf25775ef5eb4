"""BentoML's clients of the runners make no folders."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from _bentoml_impl.client import proxy2

from framed.framework.client_files import share_folder


def test_a_client_needs_no_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It is made where no folder can be, and has the run's."""
    monkeypatch.setattr(proxy2, "tempfile", tempfile)  # put back what the test takes away
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "full"))
    with pytest.raises(FileNotFoundError):
        proxy2.AsyncClient("http://127.0.0.1:1")
    share_folder()
    client = proxy2.AsyncClient("http://127.0.0.1:1")
    assert client._temp_dir.name == str(tmp_path / "full")
    client._temp_dir.cleanup()
