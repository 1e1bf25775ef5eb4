"""All material of a training, sorted: what is trained on, what judges, what is kept out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scripts.mini.labels import Words
from scripts.mini.material import Rows, joined, read_rows
from scripts.mini.plan import Plan
from scripts.mini.tags import class_name
from scripts.mini.terms import allows_any_use
from scripts.mini.trunk import class_shares
from scripts.mini.unseen import KeptOut, choose, everyday_nouns, photographed_words

Floats = npt.NDArray[np.float32]
_PHOTOS_A_NOUN = 10
_SAMPLES = "imagenet1"  # one photo a class, named by its file


@dataclass(frozen=True)
class Collection:
    """`train` and `jury` rows, the kept-out nouns, and (noun, features) pairs of their photos."""

    train: Rows
    jury: Rows
    kept_out: KeptOut
    noun_photos: tuple[tuple[str, Floats], ...]
    noun_entries: tuple[Mapping[str, object], ...]
    classes: tuple[str, ...]


def collect(
    folders: Sequence[Path], words: Words, plan: Plan, trunk: Mapping[str, object]
) -> Collection:
    """Reads the data `folders` and sorts their photos by `plan`.

    A photo of a kept-out noun is never trained on, nor is one of a left-out source, nor, in the
    permissive variant, one whose terms do not allow any use.
    """
    rows = joined([read_rows(folder, words.labels) for folder in folders])
    names = [_names(entry, words) for entry in rows.entries]
    photographed = photographed_words((name for each in names for name in each), words.synonyms)
    pictured = {name for each in names for name in each}
    everyday = [noun for noun in everyday_nouns() if noun in pictured]
    nouns = choose(everyday, plan.nouns_kept_out, plan.seed)
    kept_out = KeptOut(nouns)
    shows = _shown_nouns(rows, names, kept_out, photographed, trunk)
    train = [
        _may_train(entry, plan) and shown is None
        for entry, shown in zip(rows.entries, shows, strict=True)
    ]
    jury = [
        entry["source"] in plan.left_out and "view" not in entry and shown is None
        for entry, shown in zip(rows.entries, shows, strict=True)
    ]
    photos, entries = _noun_photos(rows, names, nouns)
    classes = sorted({name for each in names for name in each})
    return Collection(rows.take(train), rows.take(jury), kept_out, photos, entries, tuple(classes))


def read_captions(files: Sequence[Path], plan: Plan) -> dict[str, list[str]]:
    """Captions by the photo's path ("" for those without a photo at hand), of the terms allowed.

    A line is {"path", "captions", "terms"?}.
    """
    found: dict[str, list[str]] = {}
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            if plan.variant == "permissive" and not allows_any_use({"source": "", **entry}):
                continue
            found.setdefault(entry.get("path") or "", []).extend(entry["captions"])
    return found


def _names(entry: Mapping[str, object], words: Words) -> tuple[str, ...]:
    """What an entry's photo is called by its source: its class, or that of its file."""
    if entry["source"] == _SAMPLES:
        stem = str(entry["path"]).rsplit("/", 1)[-1].rsplit(".", 1)[0]
        return (stem.split("_", 1)[-1].replace("_", " ").lower(),)
    name = class_name(entry)
    return (name,) if name else ()


def _may_train(entry: Mapping[str, object], plan: Plan) -> bool:
    if entry["source"] in plan.left_out or entry["split"] != "train":
        return False
    return plan.variant == "all" or allows_any_use(entry)


def _shown_nouns(
    rows: Rows,
    names: Sequence[Sequence[str]],
    kept_out: KeptOut,
    photographed: Mapping[str, frozenset[int]],
    trunk: Mapping[str, object],
) -> list[str | None]:
    """The kept-out noun that a photo shows, by its class or by the trunk's own classifier."""
    shares = class_shares(trunk, rows.features)  # type: ignore[arg-type]  # tensors by name
    columns = [sorted(photographed[noun]) for noun in kept_out.nouns]
    sure = np.stack(
        [
            shares[:, each].max(axis=1) > 0.5 if each else np.zeros(len(rows), bool)
            for each in columns
        ],
        axis=1,
    )
    found: list[str | None] = []
    for at, each in enumerate(names):
        named = next((name for name in each if kept_out.holds(name)), None)
        seen = int(sure[at].argmax()) if sure[at].any() else -1
        found.append(named or (kept_out.nouns[seen] if seen >= 0 else None))
    return found


def _noun_photos(
    rows: Rows, names: Sequence[Sequence[str]], nouns: Sequence[str]
) -> tuple[tuple[tuple[str, Floats], ...], tuple[Mapping[str, object], ...]]:
    """Some photos of each noun, of the sources that name what a photo is of."""
    taken: dict[str, int] = dict.fromkeys(nouns, 0)
    photos: list[tuple[str, Floats]] = []
    entries: list[Mapping[str, object]] = []
    for at, each in enumerate(names):
        for name in each:
            if taken.get(name, _PHOTOS_A_NOUN) < _PHOTOS_A_NOUN:
                taken[name] += 1
                photos.append((name, rows.features[at]))
                entries.append({**rows.entries[at], "word": name})
    return tuple(photos), tuple(entries)
