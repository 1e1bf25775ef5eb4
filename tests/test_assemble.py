"""Putting together: a start that is sure of itself, or an end that says what to do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from framed import assemble
from framed.errors import Code, FramedError
from framed.settings import PREFIX, settings
from tests.fakes import chosen

CONFIG = Path(__file__).parents[1] / "config"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No setting and no run of whoever runs the tests; none stays behind."""
    for name in os.environ:
        if name.startswith((PREFIX, "CLIP_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv(assemble.RUN_ID, "to be restored")
    monkeypatch.delenv(assemble.RUN_ID)
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_a_good_start_gives_the_settings_and_names_the_run() -> None:
    """The processes to come inherit the run's name."""
    assert assemble.start() is settings()
    assert len(os.environ[assemble.RUN_ID]) == 32


def test_a_process_of_a_run_keeps_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A runner that is started again belongs to the same run."""
    monkeypatch.setenv(assemble.RUN_ID, "run 1")
    assemble.start()
    assert os.environ[assemble.RUN_ID] == "run 1"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("FRAMED_PORT", "0", "FRAMED_PORT"),
        ("FRAMED_MODEL", "openai-l14-336", "models pull openai-l14-336"),
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
        assemble.start()
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
        assemble.start()
    assert str(bad_bank) in str(ended.value)


def test_an_unknown_default_bank_ends_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip in its name is told what was meant."""
    monkeypatch.setenv("FRAMED_DEFAULT_BANK", "landmark")
    with pytest.raises(SystemExit, match="did you mean 'landmarks'"):
        assemble.start()


def test_a_bank_of_analyze_that_was_asked_for_has_to_be_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A misspelt one ends the start, rather than answer 503 for ever."""
    monkeypatch.setenv("FRAMED_ANALYZE_BANK", "everyda")
    with pytest.raises(SystemExit, match=r"/analyze cannot serve(.|\n)*everyda"):
        assemble.start()


def test_the_usual_bank_of_analyze_may_be_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Who has a configuration of their own need not have it; the log says what that means."""
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config, ignore=shutil.ignore_patterns("banks"))
    monkeypatch.setenv("FRAMED_CONFIG_DIR", str(config))
    assert assemble.start().analyze_bank == "everyday"
    assert "/analyze has no labels" in caplog.text


def test_a_process_of_a_running_server_outlives_a_bad_bank(
    bad_bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever breaks the file while the server runs does not keep its runners from coming back."""
    monkeypatch.setenv(assemble.RUN_ID, "run 1")
    assert assemble.start().config_dir == bad_bank


def test_what_bentoml_is_told() -> None:
    """Where to listen is ours to say; when to give up is the edge's alone."""
    options = assemble.service_options(chosen(host="192.0.2.1", port=4001))
    assert options["http"] == {"host": "192.0.2.1", "port": 4001}
    assert assemble.service_options(chosen(private=True, host="0.0.0.0"))["http"]["host"] == (
        "127.0.0.1"
    )
    assert options["traffic"] == {"timeout": assemble.NEVER}
    assert options["workers"] == 1


def test_features_inside_this_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Artifacts in, the same enriched out, on the real model; without HTTP and BentoML."""
    monkeypatch.setenv("FRAMED_CACHE_DIR", str(tmp_path / "cache"))
    shutil.copy(CONFIG.parent / "docs" / "samples" / "cat.jpg", tmp_path)
    code = (
        "import json, sys; from framed.assemble import FeaturesService; "
        "service = FeaturesService(); "
        "batch = {'batch_id': 'b', 'artifacts': ["
        "{'photo_id': 'p', 'std_uri': './cat.jpg', 'exif': {'iso': 64}}, "
        "{'photo_id': 'q', 'std_uri': sys.argv[1]}, {'photo_id': 'r'}]}; "
        "answers = [service.process(batch) for _ in range(2)]; "
        "print(json.dumps([answers, 'bentoml' in sys.modules]))"
    )
    absolute = str(tmp_path / "cat.jpg")
    run = subprocess.run(
        [sys.executable, "-c", code, absolute],
        env={**os.environ, "PYTHONPATH": str(CONFIG.parent)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    (first, second), bentoml = json.loads(run.stdout.splitlines()[-1])
    assert not bentoml
    assert first["batch_id"] == "b"
    p, q, r = first["artifacts"]
    assert list(p) == ["photo_id", "std_uri", "exif", "features"]
    assert p["features"]["clip_labels"][0]["label"] == "animal"
    assert q["features"]["tech"] == p["features"]["tech"]
    assert (r["features"], r["error"]["code"]) == (None, "no_photo")
    assert second["artifacts"][0]["features"]["detail"]["cached"]


def test_a_batch_that_cannot_be_read_is_refused() -> None:
    """Before any model is asked."""
    service = object.__new__(assemble.FeaturesService)
    service._settings = chosen()
    with pytest.raises(FramedError) as refused:
        service.process({"artifacts": "none"})
    assert refused.value.code is Code.INVALID_BODY
    with pytest.raises(FramedError, match="explain"):
        service.process({"artifacts": []}, explian=True)
