"""The first steps: a start that is sure of itself, or an end that says what to do."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from framed import starting
from framed.settings import settings
from tests.fakes import chosen

CONFIG = Path(__file__).parents[1] / "config"


pytestmark = pytest.mark.usefixtures("bare")


def test_a_good_start_gives_the_settings_and_names_the_run() -> None:
    """The processes to come inherit the run's name."""
    assert starting.start() is settings()
    assert len(os.environ[starting.RUN_ID]) == 32


def test_a_process_of_a_run_keeps_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A runner that is started again belongs to the same run."""
    monkeypatch.setenv(starting.RUN_ID, "run 1")
    starting.start()
    assert os.environ[starting.RUN_ID] == "run 1"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("FRAMED_PORT", "0", "FRAMED_PORT"),
        ("FRAMED_MODEL", "openai-l14-336", "framed models p[a-z]+ openai-l14-336"),
        ("FRAMED_MODEL", "minni", "did you mean mini"),
    ],
)
def test_a_start_that_cannot_be_ends_with_the_reason(
    name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Wrong settings and absent models end the process with what to do, without a trace."""
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("FRAMED_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(SystemExit, match=words) as ended:
        starting.start()
    assert ended.value.__cause__ is None
    assert ended.value.__suppress_context__


@pytest.fixture
def bad_bank(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A configuration whose labels name a thing twice."""
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    (config / "labels.json").write_text('{"labels": [\n"dog",\n"dog"]}')
    monkeypatch.setenv("FRAMED_CONFIG_DIR", str(config))
    return config


def test_a_bad_default_bank_ends_the_start(bad_bank: Path) -> None:
    """File, line and reason are told, and where the folder is, before anything heavy begins."""
    with pytest.raises(SystemExit, match=r"config/labels\.json, line 3: .*already") as ended:
        starting.start()
    assert str(bad_bank) in str(ended.value)


def test_an_unknown_default_bank_ends_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip in its name is told what was meant."""
    monkeypatch.setenv("FRAMED_DEFAULT_BANK", "landmark")
    with pytest.raises(SystemExit, match="did you mean 'landmarks'"):
        starting.start()


def test_a_bank_of_analyze_that_was_asked_for_has_to_be_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A misspelt one ends the start, rather than answer 503 for ever."""
    monkeypatch.setenv("FRAMED_ANALYZE_BANK", "everyda")
    with pytest.raises(SystemExit, match=r"/analyze cannot serve(.|\n)*everyda"):
        starting.start()


def test_the_usual_bank_of_analyze_may_be_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Who has a configuration of their own need not have it; the log says what that means."""
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config, ignore=shutil.ignore_patterns("banks"))
    monkeypatch.setenv("FRAMED_CONFIG_DIR", str(config))
    assert starting.start().analyze_bank == "everyday"
    assert "/analyze has no labels" in caplog.text


def test_a_process_of_a_running_server_outlives_a_bad_bank(
    bad_bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever breaks the file while the server runs does not keep its runners from coming back."""
    monkeypatch.setenv(starting.RUN_ID, "run 1")
    assert starting.start().config_dir == bad_bank


def test_what_bentoml_is_told() -> None:
    """Where to listen is ours to say; when to give up is the edge's alone."""
    options = starting.service_options(chosen(host="192.0.2.1", port=4001))
    assert options["http"] == {"host": "192.0.2.1", "port": 4001}
    assert starting.service_options(chosen(private=True, host="0.0.0.0"))["http"]["host"] == (
        "127.0.0.1"
    )
    assert options["traffic"] == {"timeout": starting.NEVER}
    assert options["workers"] == 1
