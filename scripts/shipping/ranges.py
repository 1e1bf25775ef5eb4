"""Where the numbers of an exported graph lie in its file."""

from __future__ import annotations

import re
from pathlib import Path

Range = tuple[int, int]  # from and to, in bytes

_DATA = re.compile(r'<data element_type="f32" shape="[^"]*" offset="(\d+)" size="(\d+)"')
_LEAST = 1024  # bytes: what is smaller is as well written out


def number_ranges(file: Path) -> list[Range]:
    """The float32 constants of an OpenVINO .bin, whose .xml lies beside it, or of an .onnx file,
    ascending and apart from each other; none of any other file."""
    if file.suffix == ".bin":
        found = _of_openvino(file.with_suffix(".xml"))
    elif file.suffix == ".onnx":
        found = _of_onnx(file)
    else:
        found = set()
    ranges: list[Range] = []
    for start, end in sorted(found):
        if end - start >= _LEAST and (not ranges or start >= ranges[-1][1]):
            ranges.append((start, end))
    return ranges


def _of_openvino(graph: Path) -> set[Range]:
    pairs = _DATA.findall(graph.read_text(encoding="utf-8"))
    return {(int(offset), int(offset) + int(size)) for offset, size in pairs}


def _of_onnx(file: Path) -> set[Range]:
    import onnx

    data = file.read_bytes()
    graph = onnx.load_from_string(data).graph
    inside = (a.t for node in graph.node for a in node.attribute if a.HasField("t"))
    tensors = [*graph.initializer, *inside]
    numbers = [it.raw_data for it in tensors if it.data_type == onnx.TensorProto.FLOAT]
    starts = {raw: data.find(raw) for raw in numbers if len(raw) >= _LEAST}
    return {(start, start + len(raw)) for raw, start in starts.items()}
