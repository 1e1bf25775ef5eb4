"""A checkpoint is prepared once, by one process, and again when it must be."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from runners.clip.model_files import ModelFiles
from runners.clip.prepared import build
from runners.clip.prepared.build import NotPrepared, files_as_json, files_from_json, prepare
from runners.clip.prepared.checkpoint import checkpoint_checksum
from runners.clip.prepared.child import EXIT_UNSUPPORTED
from runners.clip.prepared.folder import FACTS, IMAGE_INT8, Prepared
from tests.clip.prepared.test_folder import FACTS_OF_MODEL, facts_as_json, write_the_rest


class Export:
    """Stands for the process that exports: writes a small folder, or ends with `code`."""

    def __init__(self, code: int = 0, says: str = "done", seconds: float = 0.0) -> None:
        self.code, self.says, self.seconds = code, says, seconds
        self.orders: list[Mapping[str, Any]] = []

    def __call__(self, module: str, folder: Path, order: Mapping[str, Any]) -> tuple[int, str]:
        self.orders.append(order)
        time.sleep(self.seconds)
        facts = {"model": facts_as_json(FACTS_OF_MODEL), "sizes": [224], "default_size": 224}
        (folder / FACTS).write_text(json.dumps(facts))
        write_the_rest(folder)
        if order["int8"]:
            (folder / IMAGE_INT8).write_text("int8")
        return self.code, self.says


@pytest.fixture
def files(tmp_path: Path) -> ModelFiles:
    model = tmp_path / "model"
    model.mkdir()
    (model / "open_clip_config.json").write_text("{}")
    (model / "open_clip_model.safetensors").write_bytes(b"weights")
    weights = model / "open_clip_model.safetensors"
    return ModelFiles("own/model", "id", ("a",), model, weights, None, (224,), "note")


def use(monkeypatch: pytest.MonkeyPatch, export: Export) -> Export:
    monkeypatch.setattr(build, "run_child", export)
    monkeypatch.setattr(build, "is_there", lambda: True)
    return export


def test_a_folder_that_is_there_needs_no_lock(
    files: ModelFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache that another user made, or that cannot be written, serves as it is."""
    export = use(monkeypatch, Export())
    made = prepare(files, tmp_path / "cache")
    assert isinstance(made, Prepared)

    def denied(lock: Path) -> Any:
        raise PermissionError(13, "Permission denied", str(lock))

    monkeypatch.setattr(build, "alone", denied)
    again = prepare(files, tmp_path / "cache")
    assert isinstance(again, Prepared)
    assert len(export.orders) == 1
    assert made.folder.stat().st_mode == made.folder.parent.stat().st_mode


def test_it_is_exported_once(
    files: ModelFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time the folder is there; it is the checkpoint's own."""
    export = use(monkeypatch, Export())
    first, second = prepare(files, tmp_path / "e"), prepare(files, tmp_path / "e")
    assert isinstance(first, Prepared)
    assert first == second
    assert len(export.orders) == 1
    assert [*first.folder.parent.glob(".making-*")] == []


def test_files_cross_to_the_export(files: ModelFiles) -> None:
    """As JSON, and back."""
    assert files_from_json(json.loads(json.dumps(files_as_json(files)))) == files


def test_other_weights_under_the_same_name_are_exported(
    files: ModelFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pulled update is not served from the old export."""
    export = use(monkeypatch, Export())
    prepare(files, tmp_path / "e")
    files.weights.write_bytes(b"new weights")
    prepare(files, tmp_path / "e")
    (files.folder / "open_clip_config.json").write_text('{"quick_gelu": true}')
    prepare(files, tmp_path / "e")
    assert len(export.orders) == 3


def test_damage_is_exported_again(
    files: ModelFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is not whole is replaced."""
    export = use(monkeypatch, Export())
    made = prepare(files, tmp_path / "e")
    assert isinstance(made, Prepared)
    (made.folder / FACTS).write_text("{}")
    assert isinstance(prepare(files, tmp_path / "e"), Prepared)
    assert len(export.orders) == 2


def test_int8_is_added_when_it_is_asked_for(
    files: ModelFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And then serves those who do not ask for it, too."""
    export = use(monkeypatch, Export())
    prepare(files, tmp_path / "e")
    with_int8 = prepare(files, tmp_path / "e", int8=True)
    assert isinstance(with_int8, Prepared)
    assert with_int8.has(IMAGE_INT8)
    prepare(files, tmp_path / "e")
    assert [order["int8"] for order in export.orders] == [False, True]


def test_a_model_that_cannot_be_exported_is_remembered(
    files: ModelFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its reason is told, and it is not tried at every start."""
    export = use(monkeypatch, Export(EXIT_UNSUPPORTED, "its tokenizer is not CLIP's"))
    for _ in range(2):
        assert prepare(files, tmp_path / "e") == NotPrepared("its tokenizer is not CLIP's")
    assert len(export.orders) == 1


def test_a_failed_export_is_tried_again(
    files: ModelFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory or disk may be there next time; nothing half is left behind."""
    export = use(monkeypatch, Export(1, "no memory"))
    for _ in range(2):
        failed = prepare(files, tmp_path / "e")
        assert isinstance(failed, NotPrepared)
        assert "no memory" in failed.reason
    assert len(export.orders) == 2
    export.code = 0
    assert isinstance(prepare(files, tmp_path / "e"), Prepared)


def test_what_a_killed_export_left_is_swept(
    files: ModelFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder goes with the next export; a file in the folder's place gives way."""
    use(monkeypatch, Export())
    made = prepare(files, tmp_path / "e")
    assert isinstance(made, Prepared)
    left = made.folder.parent / ".making-left"
    left.mkdir()
    for name in list(made.folder.iterdir()):
        name.unlink()
    made.folder.rmdir()
    made.folder.write_text("in the way")
    assert isinstance(prepare(files, tmp_path / "e"), Prepared)
    assert not left.exists()


def test_two_at_once_export_once(
    files: ModelFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second waits, and finds what the first has made."""
    export = use(monkeypatch, Export(seconds=0.3))
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda: found.append(prepare(files, tmp_path / "e")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(export.orders) == 1
    assert all(isinstance(each, Prepared) for each in found)


def test_a_cache_that_cannot_be_written_is_a_reason(files: ModelFiles, tmp_path: Path) -> None:
    """Never a failure: another engine serves."""
    (tmp_path / "e").write_text("in the way")
    refused = prepare(files, tmp_path / "e")
    assert isinstance(refused, NotPrepared)
    assert "engine cache" in refused.reason


def test_a_checksum_reads_a_file_once(files: ModelFiles, tmp_path: Path) -> None:
    """By size, time and inode it knows a file again; by content it tells two apart."""
    memory = tmp_path / "memory"
    first = checkpoint_checksum(files, memory)
    stat = files.weights.stat()
    assert checkpoint_checksum(files, memory) == first
    known = json.loads((memory / "checkpoints.json").read_text())
    assert known[str(files.weights)][:3] == [stat.st_size, stat.st_mtime_ns, stat.st_ino]
    (memory / "checkpoints.json").write_text("no json")
    assert checkpoint_checksum(files, memory) == first
