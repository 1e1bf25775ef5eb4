"""The stored photos: features of the trunk, what is true of each, and the words it goes with."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from scripts.mini.labels import FLAT, FLAT_TARGET

Floats = npt.NDArray[np.float32]

VIEW_LABELS: Mapping[str, tuple[str, ...]] = {
    "bw": ("black and white",),
    "colorful": ("colorful",),
    "vintage": ("vintage",),
    "night": ("night",),
    "warm": ("sunset",),
    "closeup": ("close-up",),
    "minimal": ("minimalist",),
    "abstract": ("abstract",),
    "rest": ("restaurant", "food"),
}
CERTAIN = ("bw", "colorful", "vintage", "night")  # an attribute that must stand out
_OPPOSITES: Mapping[str, tuple[str, ...]] = {
    "bw": ("colorful",),
    "colorful": ("black and white", "vintage"),
    "vintage": ("colorful", "modern"),
    "night": ("colorful", "minimalist"),
    "minimal": ("colorful",),
    "abstract": ("people", "animal", "food", "street photography"),
    "rest": ("landscape", "mountain", "ocean", "forest"),
}
_FLAT_WEIGHT = 0.3


@dataclass(frozen=True)
class Rows:
    """Photos as rows: `features` float32 [P, 1280]; `target` in 0..1 and `weight` >= 0, both
    [P, 50] (weight 0: nobody knows); `attribute` is the one label of a view, -1 for a photo.

    `entries` are the lines that the rows came from.
    """

    features: Floats
    target: Floats
    weight: Floats
    attribute: npt.NDArray[np.int64]
    entries: tuple[Mapping[str, Any], ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.features)

    def sources(self) -> list[str]:
        """The source of each row."""
        return [str(entry["source"]) for entry in self.entries]

    def take(self, keep: Sequence[bool]) -> Rows:
        """The rows for which `keep` is true."""
        mask = np.array(keep, bool)
        entries = tuple(it for it, kept in zip(self.entries, mask, strict=True) if kept)
        return Rows(
            self.features[mask],
            self.target[mask],
            self.weight[mask],
            self.attribute[mask],
            entries,
        )


def read_rows(folder: Path, labels: Sequence[str]) -> Rows:
    """The photos of `folder` (labels.jsonl, features_u8.npz), and its views behind them."""
    lines = (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    with np.load(folder / "features_u8.npz") as stored:
        scale = stored["scale"].astype(np.float32)
        photos = stored["F"].astype(np.float32)[[entry["row"] for entry in entries]] * scale
        rows = rows_of(photos, entries, labels)
        if "aug" in stored:
            kinds = [str(kind) for kind in stored["aug_kind"]]
            views = [_view_entry(kind) for kind in kinds]
            rows = joined([rows, rows_of(stored["aug"].astype(np.float32) * scale, views, labels)])
    return rows


def joined(parts: Sequence[Rows]) -> Rows:
    """All rows, one part behind the other."""
    return Rows(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.target for part in parts]),
        np.concatenate([part.weight for part in parts]),
        np.concatenate([part.attribute for part in parts]),
        tuple(entry for part in parts for entry in part.entries),
    )


def view_rows(
    features: Floats, kinds: Sequence[str], terms: Sequence[str], labels: Sequence[str]
) -> Rows:
    """Rows of views made here, each under the terms of the photo it was made from."""
    entries = [{**_view_entry(kind), "terms": it} for kind, it in zip(kinds, terms, strict=True)]
    return rows_of(features, entries, labels)


def rows_of(features: Floats, entries: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> Rows:
    """Rows of `features` [P, 1280] and what their `entries` say is true, unknown and false."""
    index = {label: at for at, label in enumerate(labels)}
    target = np.zeros((len(entries), len(labels)), np.float32)
    weight = np.zeros_like(target)
    attribute = np.full(len(entries), -1, np.int64)
    for at, entry in enumerate(entries):
        if strange := sorted(set(entry["pos"]) - set(index)):
            raise ValueError(f"{entry.get('path', at)}: not among the labels: {', '.join(strange)}")
        weight[at] = entry.get("neg_weight", 1.0)
        weight[at, _columns(entry["unknown"], index)] = 0.0
        for label, strength in entry["pos"].items():
            target[at, index[label]], weight[at, index[label]] = 1.0, strength
        if entry.get("view") in CERTAIN:
            attribute[at] = index[VIEW_LABELS[entry["view"]][0]]
    target[:, index[FLAT]], weight[:, index[FLAT]] = FLAT_TARGET, _FLAT_WEIGHT
    return Rows(features, target, weight, attribute, tuple(entries))


def _view_entry(kind: str) -> dict[str, Any]:
    """A view knows its attribute and what that rules out, and nothing else."""
    known = {*VIEW_LABELS[kind], *_OPPOSITES.get(kind, ())}
    return {
        "source": "rest" if kind == "rest" else f"view_{kind}",
        "cls": "",
        "split": "train",
        "view": kind,
        "pos": dict.fromkeys(VIEW_LABELS[kind], 1.0),
        "unknown": _All(known),
    }


class _All(frozenset[str]):
    """Every label but these: what a view does not know."""


def _columns(unknown: Iterable[str], index: Mapping[str, int]) -> list[int]:
    if isinstance(unknown, _All):
        return [at for label, at in index.items() if label not in unknown]
    return [index[label] for label in unknown if label in index]
