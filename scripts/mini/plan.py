"""How the embedded checkpoint is trained: every number that may be chosen, in one frozen value."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import Literal

Variant = Literal["all", "permissive"]
# What a stage depends on: its own fields and those of the stages before it.
MATERIAL = ("seed", "variant", "left_out", "nouns_kept_out")
TEXTS = (*MATERIAL, "nouns", "class_names", "whole_tokens", "compositions", "captions")
JOINT = (*TEXTS, "viewed", "views_a_photo", "embed_dim", "hidden", "joint_steps", "joint_batch")
STUDENT = (
    *(*JOINT, "text_width", "text_layers", "text_heads"),
    *("student_steps", "student_batch"),
)
HEAD = (*STUDENT, "head_steps", "head_batch", "judge_every")
LEFT_OUT = ("corel", "coco", "pacs_photo")  # whole sources: for selection, never trained on


@dataclass(frozen=True)
class Plan:
    """Seed, variant and size of every stage; `left_out` are the sources of the selection set."""

    seed: int = 15
    variant: Variant = "all"
    left_out: tuple[str, ...] = LEFT_OUT
    nouns_kept_out: int = 100
    embed_dim: int = 256
    hidden: int = 512
    text_width: int = 128
    text_layers: int = 3
    text_heads: int = 4
    joint_steps: int = 700
    joint_batch: int = 640
    student_steps: int = 7000
    student_batch: int = 512
    head_steps: int = 600
    head_share: float = 0.7  # of the way from the first stage's head to the last one's
    head_batch: int = 640
    judge_every: int = 100
    save_every: int = 200
    viewed: int = 4000  # photos of which views are made
    views_a_photo: int = 3
    nouns: int = 14_000  # of the word list
    class_names: int = 6_000  # of groups, concepts, sources and ImageNet
    whole_tokens: int = 24_000  # single words of CLIP's vocabulary that are distilled too
    compositions: int = 16_000
    captions: int = 60_000

    def digest(self, *fields: str) -> str:
        """8 hex digits that change with any of `fields` (all, where none is named)."""
        values = asdict(self)
        chosen = {name: values[name] for name in fields or values}
        return hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:8]


def smoke(plan: Plan) -> Plan:
    """The same stages in a minute, for a look whether everything runs."""
    return replace(
        plan,
        joint_steps=12,
        joint_batch=96,
        student_steps=12,
        student_batch=64,
        head_steps=12,
        head_batch=96,
        judge_every=6,
        save_every=6,
        views_a_photo=0,
        nouns=200,
        class_names=800,
        whole_tokens=300,
        compositions=200,
        captions=200,
    )
