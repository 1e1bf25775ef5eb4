"""A model that sees the mean colour of a photo, with a reference set of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from framed.bank_structure import BankStructure, LabelGroup
from framed.photo import Pixels, Tones
from framed.results import Embedding
from runners.clip.banks.bank_text import BankText
from runners.clip.banks.build import assemble_bank, prompts_of
from runners.clip.reference.build import build_reference
from runners.clip.reference.material import Material
from runners.clip.reference.scorer import scorer_of
from runners.clip.words_asked import WordsAsked
from scripts.evaluation.listing import LabelledPhoto
from scripts.evaluation.scores.served import Served, own_words

COLOURS = {
    "red": (255, 20, 10),
    "green": (20, 250, 30),
    "blue": (10, 30, 250),
    "yellow": (240, 240, 20),
    "violet": (200, 30, 230),
    "night": (20, 20, 40),
}
WORDS = {f"word {at}": np.random.default_rng(at).normal(size=3) for at in range(12)}
TEMPLATES = ("{}",)
STRUCTURE = BankStructure(groups={"subject": LabelGroup(("green", "blue"))})

Rows = npt.NDArray[np.float32]


class Eye:
    """A photo's bytes are its three channels; all photos are bright."""

    def look(self, data: bytes) -> tuple[Pixels, Tones | None]:
        return np.full((4, 4, 3), list(data), np.uint8), Tones(80.0, 20.0, 0.9, 0.3)

    def see(self, squares: Iterable[Pixels]) -> Rows:
        return units([it.reshape(-1, 3).mean(axis=0) for it in squares])


def read(name: str) -> bytes:
    return bytes(COLOURS[name])


def photo(shown: str, *said: str) -> LabelledPhoto:
    true = frozenset(said or (shown,))
    return LabelledPhoto(shown, true, true)


def material() -> Material:
    """Reference photos that show one colour each."""
    true_of = {colour: frozenset({colour}) for colour in COLOURS}
    return Material(Path(), tuple(WORDS), tuple(COLOURS), true_of, "colours")


def served(structure: BankStructure = STRUCTURE) -> Served:
    """A bank of all colours, as they are on the reference photos."""
    photos = Eye().see(Eye().look(read(colour))[0] for colour in COLOURS)
    reference = build_reference(material(), photos, TEMPLATES, encode, "1")
    bank, own = (
        assemble_bank(text, encode(prompts_of(text)), "1")
        for text in (
            BankText("default", tuple(COLOURS), TEMPLATES, structure=structure),
            BankText("own", tuple(COLOURS), TEMPLATES),
        )
    )
    scorer = scorer_of(bank.labels, bank.embeddings, reference, structure)
    asked = WordsAsked(bank, bank.embeddings, scorer)
    return Served(asked, own_words(own, reference), reference, material().truth)


def encode(prompts: Iterable[str]) -> Mapping[str, Embedding]:
    return {each: units([{**COLOURS, **WORDS}[each]])[0] for each in prompts}


def units(rows: list[Any]) -> Rows:
    stacked = np.stack(rows).astype(np.float32)
    whole: Rows = stacked / np.maximum(np.linalg.norm(stacked, axis=1, keepdims=True), 1e-6)
    return whole
