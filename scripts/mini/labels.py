"""The 50 photography labels, templates and word lists that the training reads from its folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FLAT = "photography"  # true of every photo, so it says nothing: kept low and out of softmaxes
FLAT_TARGET = 0.12


@dataclass(frozen=True)
class Words:
    """The contents of the label folder, as read."""

    labels: tuple[str, ...]
    templates: tuple[str, ...]
    more_templates: tuple[str, ...]
    synonyms: tuple[tuple[str, ...], ...]
    hypernyms: dict[str, list[int]]
    groups: dict[str, list[int]]
    concepts: dict[str, list[str]]
    nouns: tuple[str, ...]
    adjectives: tuple[str, ...]
    contexts: tuple[str, ...]
    styles: tuple[str, ...]

    @property
    def all_templates(self) -> tuple[str, ...]:
        """The service's templates and the further ones that only training uses."""
        return self.templates + self.more_templates


def read_words(folder: Path) -> Words:
    """Raises `OSError` or `ValueError` where a file is absent or no JSON."""

    def read(name: str) -> Any:
        return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))

    prompts = read("label_prompts")
    nouns = (folder / "nouns.txt").read_text(encoding="utf-8").split("\n")
    return Words(
        tuple(prompts["labels"]),
        tuple(prompts["templates_service"]),
        tuple(prompts["templates_extra"]),
        tuple(tuple(names) for names in read("imagenet_synonyms")),
        {name.split("|")[0]: classes for name, classes in read("imagenet_hypernyms").items()},
        read("imagenet_groups"),
        read("coarse_concepts"),
        tuple(noun for noun in nouns if noun),
        tuple(read("adj")),
        tuple(read("ctx")),
        tuple(read("extra_style")),
    )
