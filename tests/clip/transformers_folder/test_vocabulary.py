"""The folder's tokenizer is CLIP's, or the model is not served."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framed.errors import StartupError
from runners.clip.transformers_folder.vocabulary import check_vocabulary
from tests.clip.transformers_folder.written import write_json, write_vocabulary

LOWERS = {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_vocabulary(tmp_path)
    return tmp_path


def vocabulary(folder: Path) -> dict[str, int]:
    found: dict[str, int] = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    return found


def merges(folder: Path) -> list[str]:
    return (folder / "merges.txt").read_text(encoding="utf-8").strip().split("\n")[1:]


def whole(folder: Path, **changed: Any) -> None:
    """One tokenizer.json in place of the two files."""
    model = {"type": "BPE", "vocab": vocabulary(folder), "merges": merges(folder)}
    model |= changed.pop("model", {})
    record = {"version": "1.0", "normalizer": LOWERS, "model": model}
    write_json(folder / "tokenizer.json", {**record, **changed})
    (folder / "vocab.json").unlink()
    (folder / "merges.txt").unlink()


def test_known_ids_stand_in_it(folder: Path) -> None:
    """The test's own files hold ids that are published elsewhere."""
    ids = vocabulary(folder)
    words = ("a</w>", "of</w>", "photo</w>", "cat</w>", "<|startoftext|>", "<|endoftext|>")
    assert [ids[word] for word in words] == [320, 539, 1125, 2368, 49406, 49407]
    assert (len(ids), len(merges(folder))) == (49408, 48894)


def test_two_files_are_taken(folder: Path) -> None:
    """vocab.json with merges.txt is a tokenizer."""
    check_vocabulary(folder)


@pytest.mark.parametrize("form", [str, str.split], ids=["joined", "in pairs"])
def test_one_file_is_taken(form: Callable[[str], Any], folder: Path) -> None:
    """So is tokenizer.json alone, with its merges in either form."""
    whole(folder, model={"merges": [form(merge) for merge in merges(folder)]})
    check_vocabulary(folder)


def test_ids_behind_the_last_do_not_matter(folder: Path) -> None:
    """Tokens that were added are never written."""
    write_json(folder / "vocab.json", {**vocabulary(folder), "<pad>": 49408})
    check_vocabulary(folder)


def test_another_vocabulary_is_refused(folder: Path) -> None:
    """A single id that differs is enough; the message names it."""
    ids = vocabulary(folder)
    write_json(folder / "vocab.json", {**ids, "cat</w>": ids["dog</w>"], "dog</w>": 2368})
    with pytest.raises(StartupError, match=r"vocab\.json is not CLIP's.*'(cat|dog)</w>'"):
        check_vocabulary(folder)


def test_other_merges_are_refused(folder: Path) -> None:
    """So are merges in another order, or too few."""
    lines = merges(folder)
    for wrong in ([lines[1], lines[0], *lines[2:]], lines[:-1]):
        text = "\n".join(["#version: 0.2", *wrong])
        (folder / "merges.txt").write_text(text, encoding="utf-8")
        with pytest.raises(StartupError, match=r"merges\.txt does not merge as CLIP does"):
            check_vocabulary(folder)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"normalizer": None}, "keeps capital letters"),
        ({"normalizer": {"type": "NFC"}}, "keeps capital letters"),
        ({"model": {"merges": []}}, "does not merge"),
        ({"model": {"merges": [[1, 2]]}}, "does not merge"),
        ({"model": {"vocab": [["a", -1.5]]}}, "no vocabulary"),
        ({"model": {"vocab": {"a": 0}}}, "is not CLIP's vocabulary"),
    ],
    ids=str,
)
def test_other_whole_files_are_refused(changed: Any, reason: str, folder: Path) -> None:
    """tokenizer.json is looked at as closely."""
    whole(folder, **changed)
    with pytest.raises(StartupError, match=rf"tokenizer\.json.*{reason}"):
        check_vocabulary(folder)


@pytest.mark.parametrize("name", ["vocab.json", "merges.txt"])
def test_half_a_tokenizer_is_none(name: str, folder: Path) -> None:
    """The message says what is needed."""
    (folder / name).unlink()
    with pytest.raises(StartupError, match=r"no tokenizer.*tokenizer\.json"):
        check_vocabulary(folder)


@pytest.mark.parametrize("name", ["vocab.json", "merges.txt"])
def test_binary_files_are_named(name: str, folder: Path) -> None:
    """A file that is no text is an error that names it."""
    (folder / name).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StartupError, match=name.replace(".", r"\.")):
        check_vocabulary(folder)
