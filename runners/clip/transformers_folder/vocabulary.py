"""Whether a folder's tokenizer is CLIP's own: Framed would give wrong ids for another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from framed.errors import StartupError
from framed.regular_file import read_regular_text
from runners.clip.transformers_folder.records import Record, read_record
from runners.clip.words.tokenizer import BOS, EOT, ClipTokenizer, open_clip_vocabulary

WHOLE_FILE = "tokenizer.json"
VOCABULARY_FILE, MERGES_FILE = "vocab.json", "merges.txt"

_THEIR_NAMES = {BOS: "<|startoftext|>", EOT: "<|endoftext|>"}


def check_vocabulary(folder: Path) -> None:
    """Raises `StartupError` where the tokenizer's files in `folder` are absent, or where one of
    them gives other ids than CLIP's published vocabulary."""
    whole, parts = folder / WHOLE_FILE, (folder / VOCABULARY_FILE, folder / MERGES_FILE)
    if not whole.is_file() and not all(part.is_file() for part in parts):
        raise StartupError(
            f"{folder} holds no tokenizer: {WHOLE_FILE}, or {VOCABULARY_FILE} with {MERGES_FILE}."
        )
    ours = ClipTokenizer.from_vocabulary(open_clip_vocabulary())
    if whole.is_file():
        _check_whole(read_record(whole), ours)
    if parts[0].is_file():
        record = read_record(parts[0])
        _check_ids(record.values, ours, record.place)
    if parts[1].is_file():
        _check_merges(_lines(parts[1])[: len(ours.merges)], ours, str(parts[1]))


def _check_whole(record: Record, ours: ClipTokenizer) -> None:
    model = record.values.get("model")
    if not isinstance(model, dict) or not isinstance(model.get("vocab"), dict):
        raise StartupError(f"{record.place} holds no vocabulary of symbols and ids.")
    if "Lowercase" not in _steps(record.values.get("normalizer")):
        raise StartupError(f"{record.place} keeps capital letters: CLIP reads lower case only.")
    _check_ids(model["vocab"], ours, record.place)
    _check_merges([_pair(merge) for merge in model.get("merges") or ()], ours, record.place)


def _check_ids(theirs: Mapping[str, Any], ours: ClipTokenizer, place: str) -> None:
    """Symbols that are there besides do not matter: no merge makes them."""
    for symbol, number in ours.ids.items():
        name = _THEIR_NAMES.get(symbol, symbol)
        if theirs.get(name) != number:
            raise StartupError(
                f"{place} is not CLIP's vocabulary: {name!r} has the id {theirs.get(name)!r} there "
                f"and {number} in CLIP's."
            )


def _check_merges(theirs: Sequence[str], ours: ClipTokenizer, place: str) -> None:
    for number, (one, other) in enumerate(zip_longest(theirs, ours.merges), start=1):
        if one != other:
            raise StartupError(
                f"{place} does not merge as CLIP does: merge {number} is {one!r} there and "
                f"{other!r} in CLIP's."
            )


def _lines(file: Path) -> list[str]:
    """The merges of a text file, without its heading."""
    try:
        return read_regular_text(file).strip().split("\n")[1:]
    except (OSError, UnicodeDecodeError) as error:
        raise StartupError(f"{file} cannot be read: {error}.") from None


def _pair(merge: Any) -> str:
    """A merge as text: "a b", which newer files write as ["a", "b"]."""
    return " ".join(map(str, merge)) if isinstance(merge, list) else str(merge)


def _steps(normalizer: Any) -> Iterator[str]:
    """The kinds of all steps of a normalizer, which may be a sequence of some."""
    if isinstance(normalizer, dict):
        yield str(normalizer.get("type"))
        for step in normalizer.get("normalizers") or ():
            yield from _steps(step)
