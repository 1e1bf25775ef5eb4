"""The last stage: confidence, files that stock open_clip loads, card, figures and lists."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from runners.clip.model_card import CARD_FILE
from scripts.mini import export, student
from scripts.mini.aligning import Material, seen_by, text_rows
from scripts.mini.calibrate import Calibration, calibrate, common_direction
from scripts.mini.card import FACTS_FILE, card
from scripts.mini.collection import Collection
from scripts.mini.facts import facts
from scripts.mini.judge import Jury, TextRows
from scripts.mini.measure import file_name, measured
from scripts.mini.plan import Plan
from scripts.mini.sources import Sources
from scripts.mini.towers import Head, TextTower
from scripts.mini.vocabulary import tokenize
from scripts.mini.workplace import Workplace

Floats = npt.NDArray[np.float32]


def finish(
    sources: Sources,
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
    lists = _write_lists(place.folder, collection, jury)
    entries = (*jury.photos.entries, *collection.noun_entries)
    report = measured(folder, lists, entries, sources, material.words)
    found = facts(
        plan, material.rows, len(material.texts.phrases.texts), collection.kept_out.nouns,
        calibration, report, figures, size,
    )  # fmt: skip
    (place.folder / FACTS_FILE).write_text(json.dumps(found, indent=2) + "\n")
    (folder / CARD_FILE).write_text(card(found), encoding="utf-8")
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


def _write_lists(folder: Path, collection: Collection, jury: Jury) -> tuple[Path, Path]:
    """The kept-out nouns, and the lists that `scripts.evaluate` takes for jury and nouns."""
    (folder / "unseen_nouns.txt").write_text("\n".join(collection.kept_out.nouns) + "\n")
    words = [{"photo": file_name(it), "word": it["word"]} for it in collection.noun_entries]
    labelled, named = folder / "left_out.jsonl", folder / "unseen_words.jsonl"
    _write_lines(labelled, jury.lines(file_name))
    _write_lines(named, words)
    return labelled, named


def _write_lines(file: Path, entries: Iterable[Mapping[str, Any]]) -> None:
    file.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
