"""Where a run's temporary files lie: where its supervisor says, or nowhere."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import pytest

from framed.framework.run_folder import RunFolder, keep_to


@pytest.fixture
def unwritable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A temporary folder that takes no file, as one on a full disk."""
    folder = str(tmp_path / "absent")
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", folder)
    return folder


def test_a_worker_has_its_folder_or_none(unwritable: str):
    """No other folder is taken instead: the upload is refused, and the next may find room."""
    keep_to(unwritable)
    with pytest.raises(OSError, match="absent"), tempfile.TemporaryFile():
        pass
    Path(unwritable).mkdir()
    with tempfile.TemporaryFile() as found:
        assert found.write(b"room") == 4


def test_a_supervisor_says_where_it_goes_instead(unwritable: str, caplog: pytest.LogCaptureFixture):
    """It chooses once, at its start, and a folder that was asked for in vain is in the log."""
    with caplog.at_level(logging.WARNING):
        folder = RunFolder()
    folder.remove()
    assert f"TMPDIR={unwritable} takes no file" in caplog.text
    assert str(folder.path.parent) in caplog.text
