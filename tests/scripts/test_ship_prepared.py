"""The form that ships is what was exported, taken apart so that it comes together again."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from runners.clip.prepared.pieces import Taken, joined
from scripts.ship_prepared import taken_apart
from scripts.shipping.sources import Sources

TABLE = np.random.default_rng(4).normal(size=(32, 16)).astype(np.float32)
OTHER = np.random.default_rng(7).normal(size=300).astype(np.float32)


def data_of(offset: int, size: int) -> str:
    return f'<data element_type="f32" shape="1" offset="{offset}" size="{size}" />'


def test_a_file_is_taken_apart(tmp_path: Path) -> None:
    """What the checkpoint holds is named, all else written out, and together they are the file."""
    data = b"head" + TABLE.tobytes() + OTHER.tobytes() + b"end"
    file = tmp_path / "image.bin"
    file.write_bytes(data)
    (tmp_path / "image.xml").write_text(data_of(4, 2048) + data_of(2052, 1200))
    pieces, literals = taken_apart(file, Sources({"table": TABLE}))
    assert pieces == (4, Taken("table"), 1203)
    assert b"".join(joined(pieces, memoryview(literals), {"table": TABLE})) == data


def test_any_other_file_is_written_out(tmp_path: Path) -> None:
    """In one piece."""
    file = tmp_path / "facts.json"
    file.write_bytes(b"{}")
    assert taken_apart(file, Sources({"table": TABLE})) == ((2,), b"{}")
