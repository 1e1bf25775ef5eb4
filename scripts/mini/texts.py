"""The texts stage: phrases, as tokens, as the sentence model has them, and its word table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from scripts.mini.collection import Collection, read_captions
from scripts.mini.labels import Words
from scripts.mini.packages import teacher_folder
from scripts.mini.phrases import Phrases, gather
from scripts.mini.plan import TEXTS, Plan
from scripts.mini.sources import Sources
from scripts.mini.teacher import Teacher
from scripts.mini.vocabulary import Tokens, spellings, tokenize, whole_words
from scripts.mini.workplace import Workplace, content, watched

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Texts:
    """Phrases, their token numbers, the sentence model's unit rows, and the static token table."""

    phrases: Phrases
    tokens: Tokens
    taught: Floats
    static: Floats


def read_texts(
    sources: Sources, plan: Plan, place: Workplace, words: Words, collection: Collection
) -> tuple[Texts, Mapping[str, Sequence[str]]]:
    """All texts of `plan`, and the captions by photo; the sentence model reads them once."""
    captions = read_captions(sources.captions, plan)
    phrases = gather(
        words,
        plan,
        collection.kept_out,
        classes=collection.classes,
        tokens=whole_words(),
        captions=[text for texts in captions.values() for text in texts],
    )

    def make() -> dict[str, torch.Tensor]:
        teacher = Teacher(teacher_folder(sources.teacher))
        taught = torch.from_numpy(teacher.encode(phrases.texts, watched)).half()
        static = teacher.word_table(spellings())
        lengths = np.linalg.norm(static, axis=1, keepdims=True)
        return {
            "taught": taught,
            "static": torch.from_numpy(static / np.maximum(lengths, 1e-6)).half(),
            "ids": tokenize(phrases.texts).ids,
        }

    made = place.once("texts", f"{plan.digest(*TEXTS)}-{content(phrases.texts)}", make)
    ids = made["ids"]
    tokens = Tokens(ids, (ids.argmax(dim=1) + 1).numpy().astype(np.int64))
    taught = torch.nn.functional.normalize(made["taught"].float(), dim=1).numpy()
    place.log.write("texts", phrases=len(phrases.texts))
    return Texts(phrases, tokens, taught, made["static"].float().numpy()), captions
