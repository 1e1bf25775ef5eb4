"""Framed itself, from this checkout: its slim packages, its model prepared by the full ones."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from scripts.benchmarks.child import own_environment
from scripts.benchmarks.load import FORM, form
from scripts.benchmarks.models import CACHE, ENGINES, ROOT
from scripts.benchmarks.row import NotMeasurableError
from scripts.peers.peer import Checkpoint, Peer, Request

_PREPARE_S = 600


def _prepared(checkpoint: Checkpoint) -> Path:
    return checkpoint.open_clip.with_name(f"{checkpoint.open_clip.name}-prepared")


def _prepare(checkpoint: Checkpoint) -> None:
    """The folder that is served without torch, made by the Python that runs this.

    Each run makes it again: what it holds may change with the checkout.
    """
    folder = _prepared(checkpoint)
    shutil.rmtree(folder, ignore_errors=True)
    word = f"local-dir:{checkpoint.open_clip}"
    preparing = ["-m", "framed", "models", "prepare", word, "--into", str(folder)]
    made = subprocess.run(
        [sys.executable, *preparing],
        cwd=ROOT,
        env={**own_environment(), "FRAMED_CACHE_DIR": str(CACHE), "FRAMED_DEVICE": "cpu"},
        timeout=_PREPARE_S,
    )
    if made.returncode:
        raise NotMeasurableError(f"{checkpoint.open_clip} could not be prepared for Framed")


def _variables(checkpoint: Checkpoint) -> Mapping[str, str]:
    return {
        "BENTOML_DO_NOT_TRACK": "True",
        "FRAMED_MODEL": f"local-dir:{_prepared(checkpoint)}",
        "FRAMED_DEVICE": "cpu",
        "FRAMED_CACHE_DIR": str(CACHE),
        "FRAMED_ENGINE_CACHE": str(ENGINES),
        "FRAMED_FEATURE_CACHE": "False",
        "FRAMED_DEADLINE": "100",  # slow machines answer late rather than not at all
    }


FRAMED = Peer(
    name="framed",
    title="Framed",
    environment="framed",
    packages=("-r", str(ROOT / "requirements-slim.txt")),
    command=lambda folder, _, port: [
        str(folder / "bin" / "python"),
        *("-m", "scripts.serve", "--host", "127.0.0.1", "--port", str(port)),
    ],
    request=Request("/encode_image", FORM, lambda jpeg: form(jpeg, "image"), lambda it: it),
    settings="as `make run` starts it (OpenVINO, bf16 where the CPU has instructions for it), with "
    "the packages of `requirements-slim.txt`; its cache of features is off; `/encode_image`",
    variables=_variables,
    prepare=_prepare,
    own_threads=True,
)
