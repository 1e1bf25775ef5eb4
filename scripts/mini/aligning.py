"""Stages 1 and 3: the image head, first with a map of sentence vectors, then on the text tower."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from scripts.mini import align, weighing
from scripts.mini.averaging import Average, between
from scripts.mini.judge import Jury, TextRows, score
from scripts.mini.labels import Words
from scripts.mini.loop import Loop, save
from scripts.mini.material import Rows
from scripts.mini.phrases import Phrases
from scripts.mini.plan import HEAD, JOINT, Plan
from scripts.mini.tags import tags_of
from scripts.mini.texts import Texts
from scripts.mini.towers import Head, TextMap
from scripts.mini.weighing import Weights
from scripts.mini.workplace import Workplace, content

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Material:
    words: Words
    rows: Rows
    shares: Floats
    captions: Mapping[str, Sequence[str]]
    texts: Texts

    def digest(self, plan: Plan, *fields: str) -> str:
        """What a stage depends on: fields of the plan, photos and what is true of them, phrases."""
        return f"{plan.digest(*fields)}-{self._content}"

    @cached_property
    def _content(self) -> str:
        rows = self.rows
        return content(rows.features, rows.target, rows.weight, self.texts.phrases.texts)

    def alignment(self, weights: Weights, batch: int) -> align.Alignment:
        phrases = self.texts.phrases
        tags = tags_of(self.rows, self.shares, self.words, phrases, self.captions)
        return align.Alignment(
            self.rows, tags, self.shares, self.texts.taught, self.words, phrases, weights, batch
        )


class Aligned(nn.Module):
    """What stages 1 and 3 train, and the running mean of the head, saved as one."""

    def __init__(self, plan: Plan, head: Head, text: TextMap | None) -> None:
        super().__init__()
        self.head, self.scales = head, align.Scales()
        self.text = text
        self._mean = Average(head, plan)
        self.mean = self._mean.head

    def trained(self) -> list[nn.Parameter]:
        """The parameters that gradients move: all but the mean's."""
        return [it for name, it in self.named_parameters() if not name.startswith("mean.")]

    def follow(self) -> None:
        """Move the mean one step."""
        self._mean.follow(self.head)


def learn_space(
    plan: Plan, place: Workplace, material: Material, jury: Jury
) -> tuple[Head, Floats]:
    """Stage 1: the head so far, and the target [n, D] of every phrase."""
    texts = material.texts
    digest = material.digest(plan, *JOINT)

    def make() -> dict[str, Any]:
        torch.manual_seed(plan.seed)
        sample = texts.taught[:: max(1, len(texts.taught) // 4000)]
        text_map = TextMap(plan, sample)
        module = Aligned(plan, Head(plan), text_map)
        taught = torch.from_numpy(texts.taught)

        def side(indices: torch.Tensor) -> torch.Tensor:
            mapped: torch.Tensor = text_map(taught[indices])
            return mapped

        _align(plan, place, material, jury, module, side, "joint", digest)
        with torch.inference_mode():
            targets = text_map(taught)
        return {"head": module.mean.state_dict(), "targets": targets.half()}

    made = place.once("joint", digest, make)
    head = Head(plan)
    head.load_state_dict(made["head"])
    targets: Floats = torch.nn.functional.normalize(made["targets"].float(), dim=1).numpy()
    return head, targets


def learn_head(
    plan: Plan, place: Workplace, material: Material, jury: Jury, head: Head, rows: Floats
) -> Head:
    """Stage 3: the head on the tower's own vectors, the best mean of those judged, drawn back
    part of the way to the stage 1 head."""
    digest = f"{material.digest(plan, *HEAD)}-{content(jury.photos.target)}"
    fixed = torch.from_numpy(rows)
    start = {name: it.clone() for name, it in head.state_dict().items()}

    def make() -> dict[str, Any]:
        torch.manual_seed(plan.seed)
        module = Aligned(plan, head, None)
        _align(plan, place, material, jury, module, lambda at: fixed[at], "head", digest)
        kept = place.checkpoint("head-best", digest)
        best = torch.load(kept, weights_only=True) if kept.exists() else {
            "head": module.mean.state_dict()
        }  # fmt: skip
        return {"head": best["head"]}

    learnt = place.once("head", digest, make)["head"]
    chosen = Head(plan)
    chosen.load_state_dict(between(start, learnt, plan.head_share))
    chosen.eval()
    return chosen


def _align(
    plan: Plan,
    place: Workplace,
    material: Material,
    jury: Jury,
    module: Aligned,
    side: align.TextSide,
    stage: str,
    digest: str,
) -> None:
    is_joint = stage == "joint"
    steps = plan.joint_steps if is_joint else plan.head_steps
    batch = plan.joint_batch if is_joint else plan.head_batch
    alignment = material.alignment(weighing.JOINT if is_joint else weighing.HEAD, batch)
    rate = 1e-3 if is_joint else 5e-4
    optimizer = torch.optim.AdamW([{"params": module.trained(), "lr": rate, "weight_decay": 0.02}])
    best_file = place.checkpoint(f"{stage}-best", digest)

    def judge(done: int) -> None:
        module.follow()
        if done % plan.judge_every and done != steps:
            return
        with torch.no_grad():
            texts = text_rows(material, jury, side)
        figures = jury.figures(seen_by(module.mean, jury), texts)
        found = score(figures)
        place.log.write(stage, step=done, score=found, figures=figures)
        best = torch.load(best_file, weights_only=True)["score"] if best_file.exists() else -1.0
        if found > best:
            save({"score": found, "head": module.mean.state_dict()}, best_file)

    loop = Loop(stage, steps, plan.seed, plan.save_every, place.checkpoint(stage, digest))
    loop.run(
        module,
        optimizer,
        lambda _, dice: alignment.step(module.head, module.scales, side, dice),
        place.log,
        judge,
    )


def text_rows(material: Material, jury: Jury, side: align.TextSide) -> TextRows:
    """The rows a jury needs, of words among the phrases; a noun that no phrase holds has none."""
    words, phrases = material.words, material.texts.phrases

    def means(names: Sequence[str]) -> Floats:
        return np.stack([_mean_row(name, words.templates, phrases, side) for name in names])

    groups = jury.group_rows
    if groups is None:
        groups = means(jury.group_names) if jury.group_names else np.zeros((0, 1), np.float32)
    return TextRows(means(words.labels), groups, jury.noun_rows)


def _mean_row(
    name: str, templates: Sequence[str], phrases: Phrases, side: align.TextSide
) -> Floats:
    spelled = [template.replace("{}", name) for template in templates]
    indices = phrases.indices([*spelled, name])
    rows = side(torch.tensor(indices))
    mean = rows.mean(dim=0)
    row: Floats = (mean / mean.norm()).detach().numpy()
    return row


def seen_by(head: Head, jury: Jury) -> dict[str, Floats]:
    """Unit rows of the jury's photos, of its nouns' and of its views."""
    features = {
        "photos": jury.photos.features,
        "nouns": jury.noun_features,
        "views": jury.views.features,
    }
    with torch.inference_mode():
        head.eval()
        return {
            name: head(torch.from_numpy(it)).numpy() if len(it) and it.shape[1] > 1 else it
            for name, it in features.items()
        }
