"""Stage 2: the text tower, and what it says of every phrase."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from scripts.mini import student
from scripts.mini.aligning import Material
from scripts.mini.labels import Words
from scripts.mini.loop import Loop
from scripts.mini.phrases import Phrases
from scripts.mini.plan import STUDENT, Plan
from scripts.mini.towers import TextTower
from scripts.mini.vocabulary import tokenize
from scripts.mini.workplace import Workplace

Floats = npt.NDArray[np.float32]


def learn_texts(
    plan: Plan, place: Workplace, material: Material, targets: Floats
) -> tuple[TextTower, Floats]:
    """Stage 2: the text tower, and its own unit row of every phrase."""
    texts, digest = material.texts, material.digest(plan, *STUDENT)
    tower = TextTower(plan, texts.static)

    def make() -> dict[str, Any]:
        torch.manual_seed(plan.seed)
        learning = TextTower(plan, texts.static)
        distillation = student.Distillation(
            texts.tokens, targets, texts.phrases, plan.student_batch, plan.seed
        )
        loop = Loop(
            "student", plan.student_steps, plan.seed, plan.save_every,
            place.checkpoint("student", digest),
        )  # fmt: skip
        loop.run(
            learning,
            student.optimizer_of(learning),
            lambda at, dice: distillation.step(learning, at, dice),
            place.log,
        )
        rows = student.encode(learning, texts.tokens)
        place.log.write("student", cosines=_by_kind(texts.phrases, rows, targets))
        return {"tower": learning.state_dict(), "rows": torch.from_numpy(rows).half()}

    made = place.once("student", digest, make)
    tower.load_state_dict(made["tower"])
    tower.eval()
    rows: Floats = torch.nn.functional.normalize(made["rows"].float(), dim=1).numpy()
    return tower, rows


def mean_rows(tower: TextTower, words: Words, nouns: Sequence[str]) -> Floats:
    """Unit rows [n, D] of words, whether a phrase holds them or not, as a bank is built of them."""
    if not nouns:
        return np.zeros((0, 1), np.float32)
    spelled = [template.replace("{}", noun) for noun in nouns for template in words.templates]
    rows = student.encode(tower, tokenize(spelled)).reshape(len(nouns), len(words.templates), -1)
    means = rows.mean(axis=1)
    units: Floats = means / np.linalg.norm(means, axis=1, keepdims=True)
    return units


def _by_kind(phrases: Phrases, rows: Floats, targets: Floats) -> dict[str, float]:
    cosines = (rows * targets).sum(axis=1)
    kinds = np.array(phrases.kinds)
    return {str(kind): round(float(cosines[kinds == kind].mean()), 4) for kind in np.unique(kinds)}
