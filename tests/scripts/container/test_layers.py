"""Layers are listed with the instruction that made them, as the Dockerfile has it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from scripts.container.layers import main

HISTORY = [
    {"created_by": "/bin/sh"},
    {"created_by": "/bin/sh -c #(nop) ENV LANG=C.UTF-8", "empty_layer": True},
    {"created_by": "|2 BENTO_USER=bentoml ID=1 /bin/sh -c mkdir /data &&     chown 1 /data"},
    {"created_by": f"/bin/sh -c #(nop) COPY dir:{'a' * 64} in /app "},
]


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an image of three layers, which the command line names."""
    layers = [{"size": size} for size in (126_700_000, 3_072, 500_000_000)]
    (tmp_path / "manifest.json").write_text(json.dumps({"layers": layers}))
    (tmp_path / "image.json").write_text(json.dumps({"Docker": {"history": HISTORY}}))
    command = ["layers.py", str(tmp_path / "image.json"), str(tmp_path)]
    monkeypatch.setattr(sys, "argv", command)
    return tmp_path


def test_each_layer_is_a_line_and_their_sum_the_last(
    asked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Instructions that made no layer, the shell and build arguments around are not shown."""
    main()
    assert capsys.readouterr().out.splitlines() == [
        "   126.7 MB  the base image",
        "     0.0 MB  mkdir /data && chown 1 /data",
        "   500.0 MB  COPY /app",
        "   626.7 MB  uncompressed, all layers",
    ]


def test_a_history_of_another_image_is_not_taken(asked: Path) -> None:
    """Sizes are never put beside instructions that did not make them."""
    (asked / "image.json").write_text(json.dumps({"Docker": {"history": HISTORY[:2]}}))
    with pytest.raises(ValueError, match="shorter"):
        main()
