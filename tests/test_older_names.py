"""The files of settings that older services were run with, read as they stand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from framed.settings import Settings

ANALYZE_ENV = """\
# Service Configuration
PORT=7778                       # Service port
PRIVATE=False                   # Access mode (False=public, True=localhost-only)

# CLIP Model Configuration  
CLIP_MODEL=ViT-B/32            # Model size (ViT-B/32, ViT-L/14, ViT-L/14@336px)
CLIP_CONFIDENCE_THRESHOLD=0.01  # Minimum confidence for predictions
CLIP_MAX_PREDICTIONS=10         # Maximum number of predictions to return

# API Configuration (Required for emoji mapping)
API_HOST=localhost              # Host for emoji API
API_PORT=8080                   # Port for emoji API
API_TIMEOUT=2.0                 # Timeout for emoji API requests
"""  # as it was printed, trailing spaces included
NAMES = {line.partition("=")[0] for line in ANALYZE_ENV.splitlines() if "=" in line[:30]}


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting comes from whoever runs the tests."""
    for name in os.environ:
        if name.startswith("FRAMED_") or name in {*NAMES, "HOST", "CLIP_MODEL_PATH"}:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def read(text: str) -> Settings:
    """The settings as a `.env` of this text states them."""
    Path(".env").write_text(text, encoding="utf-8")
    return Settings()  # type: ignore[call-arg]  # every field has a default


def test_the_analyze_services_file_is_read_as_it_stands() -> None:
    """Every line of it, with the comments behind the values."""
    chosen = read(ANALYZE_ENV)
    assert (chosen.port, chosen.private, chosen.model) == (7778, False, "ViT-B/32")
    assert (chosen.analyze_threshold, chosen.analyze_predictions) == (0.01, 10)
    emoji = (chosen.emoji_host, chosen.emoji_port, chosen.emoji_timeout)
    assert emoji == ("localhost", 8080, 2.0)


def test_each_line_of_the_file_counts() -> None:
    """Another value in the file is another setting: nothing above was a default by chance."""
    text = (
        ANALYZE_ENV.replace("=7778 ", "=7779 ")
        .replace("=False ", "=True ")
        .replace("=ViT-B/32 ", "=ViT-L/14@336px ")
        .replace("=0.01 ", "=0.05 ")
        .replace("=10 ", "=25 ")
        .replace("=localhost ", "=emoji.example ")
        .replace("=8080 ", "=8081 ")
        .replace("=2.0 ", "=0.5 ")
    )
    chosen = read(text)
    assert (chosen.port, chosen.private, chosen.bind_host) == (7779, True, "127.0.0.1")
    assert chosen.model == "ViT-L/14@336px"
    assert (chosen.analyze_threshold, chosen.analyze_predictions) == (0.05, 25)
    emoji = (chosen.emoji_host, chosen.emoji_port, chosen.emoji_timeout)
    assert emoji == ("emoji.example", 8081, 0.5)
