"""Labels as a server has them, or the reason why not."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from framed.bank_structure import BankStructure
from framed.errors import StartupError
from runners.clip.banks.source import BankText
from scripts.evaluation.model import Evaluated, settings_of

CONFIG = Path(__file__).parents[4] / "config"
TEXT = BankText("two", ("animal", "food"), ("a photo of {}",), structure=BankStructure(share=0.6))


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration folder with the embedded model; nothing is kept outside the test's."""
    monkeypatch.setenv("FRAMED_ENGINE", "torch")
    monkeypatch.setenv("FRAMED_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "config"
    folder.mkdir()
    shutil.copy(CONFIG / "models.json", folder)
    (folder / "models").symlink_to(CONFIG / "models")
    return folder


def test_own_labels_have_nothing_of_what_the_bank_says(config: Path) -> None:
    """The same rows, but the share is the bank's alone."""
    served = Evaluated(settings_of("mini", config, None)).served(TEXT)
    np.testing.assert_array_equal(served.bank.bank.rows, served.own.bank.rows)
    assert served.bank.scores.share == 0.6
    assert served.own.scores.share == 0.136
    assert served.by_offsets is None
    assert served.truth.shape[0] == len(served.reference.photos) == 44


def test_without_reference_photos_there_is_nothing_to_measure(config: Path) -> None:
    """And no figure is made up, nor anybody waited for."""
    (config / "reference").mkdir()
    model = Evaluated(settings_of("mini", config, None))
    with pytest.raises(StartupError, match="reference set"):
        model.served(TEXT)
