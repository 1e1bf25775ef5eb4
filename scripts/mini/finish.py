"""The last stage: confidence, files that stock open_clip loads, card, figures and lists."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from scripts.mini import export, student
from scripts.mini.aligning import Material, seen_by, text_rows
from scripts.mini.calibrate import Calibration, calibrate, common_direction
from scripts.mini.card import card, facts
from scripts.mini.collection import Collection
from scripts.mini.judge import Jury, TextRows
from scripts.mini.plan import Plan
from scripts.mini.towers import Head, TextTower
from scripts.mini.vocabulary import tokenize
from scripts.mini.workplace import Workplace

Floats = npt.NDArray[np.float32]


def finish(
    plan: Plan,
    place: Workplace,
    material: Material,
    jury: Jury,
    head: Head,
    tower: TextTower,
    collection: Collection,
    rows: Floats,
    trunk: Mapping[str, torch.Tensor],
) -> Path:
    fixed = torch.from_numpy(rows)
    texts = text_rows(material, jury, lambda at: fixed[at])
    calibration = _calibrated(plan, material, jury, head, texts, rows)
    figures = jury.figures(seen_by(head, jury), texts)
    folder = place.folder / "checkpoint"
    size = export.write(plan, export.assemble(plan, trunk, head, tower), folder)
    some = [f"a photo of {label}" for label in material.words.labels[:8]]
    tokens = tokenize(some)
    least = export.check(folder, some, student.encode(tower, tokens))
    place.log.write("export", bytes=size, cosine=least, figures=figures,
                    calibration=vars(calibration))  # fmt: skip
    nouns = collection.kept_out.nouns
    text = card(
        plan, material.rows, len(material.texts.phrases.texts), figures, calibration, nouns, size
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
    (place.folder / "figures.json").write_text(
        json.dumps(facts(figures, calibration, size), indent=2) + "\n"
    )
    _write_lists(place.folder, collection, jury)
    return folder


def _calibrated(
    plan: Plan, material: Material, jury: Jury, head: Head, texts: TextRows, rows: Floats
) -> Calibration:
    """Sets the confidence; labels, groups and concepts keep their order exactly, other words
    about."""
    phrases = material.texts.phrases
    concepts = [text for names in material.words.concepts.values() for text in names]
    named = rows[phrases.indices([*material.words.groups, *concepts])]
    others = rows[np.flatnonzero(np.array(phrases.kinds) == "noun")[::10]]
    direction = common_direction(np.concatenate([texts.labels, named]), others)
    return calibrate(head, jury.photos.features, jury.truth, texts.labels, direction, plan.seed)


def _write_lists(folder: Path, collection: Collection, jury: Jury) -> None:
    """The kept-out nouns, and the lists that `scripts.evaluate` takes for nouns and jury."""
    (folder / "unseen_nouns.txt").write_text("\n".join(collection.kept_out.nouns) + "\n")
    words = [{"photo": _file(it), "word": it["word"]} for it in collection.noun_entries]
    _write_lines(folder / "unseen_words.jsonl", words)
    _write_lines(folder / "left_out.jsonl", jury.lines(_file))


def _file(entry: Mapping[str, Any]) -> str:
    return f"{entry['source']}/{entry['path']}"


def _write_lines(file: Path, entries: Iterable[Mapping[str, Any]]) -> None:
    file.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
