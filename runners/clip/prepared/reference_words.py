"""Prompts that text towers are judged on: short and long, plain and odd."""

from __future__ import annotations

_THINGS = (
    "landscape", "portrait", "street photography", "a cityscape at night", "mountain", "forest",
    "beach", "sunset", "people", "animal", "flower", "building", "food", "a concert", "sports",
    "macro", "black and white", "colorful", "vintage", "abstract", "a cup of coffee", "a cat",
    "an astronaut", "a rocket", "a motorcycle", "a galaxy of stars", "bricks", "grass", "coins",
    "a page of a book",
)  # fmt: skip
_TEMPLATES = ("{}", "a photo of {}", "a picture featuring {}", "a {} scene")

REFERENCE_PROMPTS: tuple[str, ...] = (
    *(template.format(thing) for template in _TEMPLATES for thing in _THINGS),
    "A photograph, taken from far above, of a small red boat that crosses a wide and calm river "
    "while two people in yellow jackets wave to somebody on the other bank, late in the evening.",
    "café crème, naïve façade, Ærøskøbing",
    "它是一只猫",
    "1st place: 3.14 % of 2,000 km² &amp; more!",
    "🐈 on a roof",
    "#!/bin",
)
