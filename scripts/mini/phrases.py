"""The texts that are trained on: what kinds there are, and none that holds a kept-out noun."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scripts.mini.labels import Words
from scripts.mini.plan import Plan
from scripts.mini.unseen import KeptOut

KINDS: Mapping[str, float] = {  # how often a kind is drawn for the text tower, per phrase
    "label": 14.0,
    "class": 3.0,
    "style": 3.0,
    "noun": 1.2,
    "composition": 1.0,
    "token": 1.0,
    "caption": 0.55,
}
_CLASS_TEMPLATES = ("{}", "a photo of a {}", "a photo of {}", "a picture of {}")
_NOUN_TEMPLATES = ("{}", "a photo of a {}")


@dataclass(frozen=True)
class Phrases:
    """Distinct texts and the kind of each; `at` is where a text stands."""

    texts: tuple[str, ...]
    kinds: tuple[str, ...]
    at: Mapping[str, int]

    def weights(self) -> npt.NDArray[np.float64]:
        """How often each is to be drawn, summing to 1."""
        weights = np.array([KINDS[kind] for kind in self.kinds])
        shares: npt.NDArray[np.float64] = weights / weights.sum()
        return shares

    def indices(self, texts: Iterable[str]) -> list[int]:
        """Where `texts` stand; those that are not there are passed over."""
        return [self.at[text] for text in texts if text in self.at]


def gather(
    words: Words,
    plan: Plan,
    kept_out: KeptOut,
    *,
    classes: Sequence[str] = (),
    tokens: Sequence[str] = (),
    captions: Sequence[str] = (),
) -> Phrases:
    """All phrases of `plan`: a text belongs to the first kind that has it.

    `classes` are the class names of photo sources, `tokens` single words of CLIP's vocabulary,
    `captions` whole sentences.
    """
    dice = np.random.default_rng(plan.seed)
    parts = {
        "label": _filled(words.labels, words.all_templates),
        "class": _filled(_class_names(words, classes, plan.class_names), _CLASS_TEMPLATES),
        "style": _filled(words.styles, words.templates),
        "noun": _filled(words.nouns[: plan.nouns], _NOUN_TEMPLATES),
        "composition": _compositions(words, plan.compositions, dice),
        "token": list(tokens[: plan.whole_tokens]),
        "caption": _some(captions, plan.captions, dice),
    }
    kinds: dict[str, str] = {}
    for kind, texts in parts.items():
        for text in kept_out.without(texts):
            kinds.setdefault(text, kind)
    at = {text: index for index, text in enumerate(kinds)}
    return Phrases(tuple(kinds), tuple(kinds.values()), at)


def class_texts(name: str) -> tuple[str, ...]:
    """The texts under which a class name stands among the phrases."""
    return tuple(template.replace("{}", name) for template in _CLASS_TEMPLATES)


def _class_names(words: Words, classes: Sequence[str], most: int) -> list[str]:
    """The names that losses ask for come first, then those that photos or ImageNet have."""
    concepts = [text for texts in words.concepts.values() for text in texts]
    synonyms = [name for names in words.synonyms for name in names]
    return [*words.groups, *concepts, *classes, *synonyms, *words.hypernyms][:most]


def _filled(words: Iterable[str], templates: Sequence[str]) -> list[str]:
    return [template.replace("{}", word) for word in words for template in templates]


def _compositions(words: Words, count: int, dice: np.random.Generator) -> list[str]:
    heads = [*words.styles, *words.nouns[:3000], *words.labels]

    def pick(values: Sequence[str]) -> str:
        return values[int(dice.integers(len(values)))]

    return [
        f"{pick(words.adjectives)} {pick(heads)} {pick(words.contexts)}".strip()
        if dice.random() < 0.6
        else f"{pick(words.adjectives)} {pick(heads)}"
        for _ in range(count)
    ]


def _some(texts: Sequence[str], count: int, dice: np.random.Generator) -> list[str]:
    if len(texts) <= count:
        return list(texts)
    return [texts[int(at)] for at in sorted(dice.choice(len(texts), count, replace=False))]
