"""Putting together: the cores inside this process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from framed import assemble
from framed.errors import Code, FramedError
from tests.fakes import chosen

CONFIG = Path(__file__).parents[1] / "config"


pytestmark = pytest.mark.usefixtures("bare")


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
