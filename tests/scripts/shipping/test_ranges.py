"""Where numbers lie is read off the graph, whatever wrote it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scripts.shipping.ranges import number_ranges


def test_in_openvinos_weights(tmp_path: Path) -> None:
    """By the .xml beside them; small ones and other types are left out, each range comes once."""
    data = '<data element_type="{}" shape="2" offset="{}" size="{}" />'
    rows = [("f32", 2048, 4096), ("f32", 0, 2048), ("f32", 0, 2048), ("i64", 6144, 2048)]
    rows += [("f32", 8192, 8)]
    (tmp_path / "a.xml").write_text("\n".join(data.format(*row) for row in rows))
    assert number_ranges(tmp_path / "a.bin") == [(0, 2048), (2048, 6144)]


def test_in_an_onnx_file(tmp_path: Path) -> None:
    """By its initializers."""
    onnx = pytest.importorskip("onnx", reason="the package onnx is not installed")
    numbers = np.random.default_rng(2).normal(size=400).astype(np.float32)
    tensors = [onnx.numpy_helper.from_array(it, "it") for it in (numbers, numbers[:3])]
    file = tmp_path / "a.onnx"
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph([], "g", [], [], tensors)), file)
    ((start, end),) = number_ranges(file)
    assert file.read_bytes()[start:end] == numbers.tobytes()


def test_in_no_other_file(tmp_path: Path) -> None:
    """Facts, vocabularies."""
    (tmp_path / "facts.json").write_text("{}")
    assert number_ranges(tmp_path / "facts.json") == []
