"""How much each loss of stages 1 and 3 counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Weights:
    """How much each loss counts, and the scales at which cosines become logits."""

    contrast: float
    known: float
    shares: float
    classes: float
    groups: float
    nouns: float
    gram: float
    concepts: float
    stands_out: float
    stays_back: float
    confident: float
    scale: float
    rarity_power: float


JOINT = Weights(
    contrast=0.5,
    known=1.5,
    shares=0.35,
    classes=0.25,
    groups=1.0,
    nouns=0.0,
    gram=20.0,
    concepts=0.0,
    stands_out=1.0,
    stays_back=0.5,
    confident=0.0,
    scale=40.0,
    rarity_power=0.5,
)
HEAD = Weights(
    contrast=0.5,
    known=3.0,
    shares=0.2,
    classes=0.25,
    groups=1.0,
    nouns=1.5,
    gram=0.0,
    concepts=0.8,
    stands_out=5.5,
    stays_back=1.0,
    confident=2.0,
    scale=45.0,
    rarity_power=0.8,
)
