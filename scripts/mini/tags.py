"""Which phrases go with which photo: captions, class names, and what the trunk recognises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from scripts.mini.labels import FLAT, Words
from scripts.mini.material import Rows
from scripts.mini.phrases import Phrases, class_texts

_SURE, _SURE_GROUP = 0.5, 0.75  # of the trunk's own classifier

CONCEPTS: Mapping[str, str] = {  # class of a source: the plain subject that its photos show
    "coast": "sea", "opencountry": "field", "insidecity": "building", "tallbuilding": "building",
    "livingroom": "living room", "industrial": "industry", "africans": "people",
    "beaches": "sea", "buildings": "building", "buses": "bus", "elephants": "animal",
    "elephant": "animal", "flowers": "flower", "horses": "animal", "horse": "animal",
    "mountains": "mountain", "clouds": "cloud", "sunrise": "sunset", "dog": "animal",
    "giraffe": "animal", "guitar": "musical instrument", "house": "building", "person": "people",
    "frontal": "building", "daisy": "flower", "dandelion": "flower", "rose": "flower",
    "sunflower": "flower", "tulip": "flower", "water_lilly": "flower", "lotus": "flower",
    "airplanes": "airplane", "Motorbikes": "motorcycle", "car_side": "car", "Faces": "people",
    "Faces_easy": "people", "pizza": "food", "strawberry": "food", "ketch": "boat",
    "schooner": "boat", "ferry": "boat", "grand_piano": "musical instrument",
    "electric_guitar": "musical instrument", "mandolin": "musical instrument",
    "saxophone": "musical instrument", "accordion": "musical instrument",
    "euphonium": "musical instrument", "chair": "furniture", "windsor_chair": "furniture",
    "pagoda": "building", "minaret": "building",
}  # fmt: skip
_BY_LABEL: Mapping[str, str] = {  # of photos without a class: the first of these that is true
    "street photography": "street", "ocean": "sea", "beach": "sea", "sports": "sports",
    "mountain": "mountain", "forest": "forest", "food": "food", "flower": "flower",
}  # fmt: skip
_WHOLE_SOURCE: Mapping[str, str] = {"sport": "sports"}
GROUPS = (  # the plain subjects that a model is asked to tell apart, each by its own name
    *("mountain", "sea", "forest", "street", "building", "flower", "sports", "kitchen"),
    *("people", "animal", "food"),
)


@dataclass(frozen=True)
class Tags:
    """Ragged lists of phrase indices: a row's are `values[starts[row] : starts[row + 1]]`."""

    values: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]

    def draw(self, rows: npt.NDArray[np.int64], dice: np.random.Generator) -> npt.NDArray[np.int64]:
        """One phrase for each of `rows`, by dice; -1 for rows without any."""
        first, behind = self.starts[rows], self.starts[rows + 1]
        count = behind - first
        at = first + (dice.random(len(rows)) * count).astype(np.int64)
        drawn = self.values[np.minimum(at, len(self.values) - 1)] if len(self.values) else at
        return np.where(count > 0, drawn, -1)


def concept_of(entry: Mapping[str, Any], names: Sequence[str]) -> int:
    """The index of an entry's plain subject among `names`, or -1."""
    name = entry.get("concept") or _WHOLE_SOURCE.get(entry["source"]) or entry["cls"]
    name = CONCEPTS.get(str(name), str(name)) or _by_label(entry)
    return list(names).index(name) if name in names else -1


def _by_label(entry: Mapping[str, Any]) -> str:
    return next((name for label, name in _BY_LABEL.items() if label in entry["pos"]), "")


def group_of(entry: Mapping[str, Any]) -> str | None:
    """Which of the eleven groups an entry's photo belongs to, if its class says so."""
    if entry.get("group"):
        return str(entry["group"])
    at = concept_of(entry, GROUPS)
    return GROUPS[at] if at >= 0 else None


def class_name(entry: Mapping[str, Any]) -> str:
    """An entry's class as words; empty where it has none."""
    return str(entry["cls"]).replace("_", " ").replace("BACKGROUND Google", "").strip().lower()


def tags_of(
    rows: Rows,
    shares: npt.NDArray[np.float32],
    words: Words,
    phrases: Phrases,
    captions: Mapping[str, Sequence[str]],
) -> Tags:
    """The phrases of every row; `shares` [P, 1000] is what the trunk's classifier says of it."""
    lists = [
        _of(entry, share, words, phrases, captions)
        for entry, share in zip(rows.entries, shares, strict=True)
    ]
    starts = np.concatenate([[0], np.cumsum([len(each) for each in lists])]).astype(np.int64)
    values = np.array([index for each in lists for index in each], np.int64)
    return Tags(values, starts)


def _of(
    entry: Mapping[str, Any],
    share: npt.NDArray[np.float32],
    words: Words,
    phrases: Phrases,
    captions: Mapping[str, Sequence[str]],
) -> list[int]:
    texts = list(captions.get(str(entry["path"]), ())) if entry.get("path") else []
    names = [class_name(entry)] if entry["cls"] else []
    if "view" not in entry:
        names += words.synonyms[int(share.argmax())] if share.max() > _SURE else ()
        names += [
            group for group, classes in words.groups.items() if share[classes].sum() > _SURE_GROUP
        ]
    texts += [text for name in names if name for text in class_texts(name)]
    if not texts or "view" in entry:
        sure = [label for label, weight in entry["pos"].items() if weight >= 1 and label != FLAT]
        texts += [
            template.replace("{}", label) for label in sure for template in words.templates[:2]
        ]
    return phrases.indices(texts)
