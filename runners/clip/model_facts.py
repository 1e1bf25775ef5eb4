"""What is known of a model apart from its weights; plain values that need no model library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from framed.photo import Interpolation, ResizeMode


@dataclass(frozen=True)
class PreprocessFacts:
    """How the model wants its square: channel `mean` and `std` of RGB in 0..1, the resampling,
    the way to the square, and the colour (0..255) around a "longest" one."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    interpolation: Interpolation
    resize_mode: ResizeMode
    fill: tuple[int, int, int]


@dataclass(frozen=True)
class ModelFacts:
    """What serving needs to know of a model.

    `native_size` is the square side it was made for, in pixels; `sizes` the sides allowed, None
    for all that it can take. `logit_scale` is the factor itself, not its logarithm. `revision` is
    a 16 digit hex digest of weights and configuration.
    """

    preprocess: PreprocessFacts
    native_size: int
    context_length: int
    embedding_dim: int
    logit_scale: float
    revision: str
    sizes: tuple[int, ...] | None = None


def facts_as_json(facts: ModelFacts) -> dict[str, Any]:
    """The facts as plain JSON values."""
    return asdict(facts)


def facts_from_json(given: Mapping[str, Any]) -> ModelFacts:
    """The facts again; KeyError or TypeError where it is not what `facts_as_json` gave."""
    cut = given["preprocess"]
    preprocess = PreprocessFacts(
        mean=tuple(cut["mean"]),
        std=tuple(cut["std"]),
        interpolation=cut["interpolation"],
        resize_mode=cut["resize_mode"],
        fill=tuple(cut["fill"]),
    )
    sizes = given["sizes"]
    return ModelFacts(
        preprocess=preprocess,
        native_size=int(given["native_size"]),
        context_length=int(given["context_length"]),
        embedding_dim=int(given["embedding_dim"]),
        logit_scale=float(given["logit_scale"]),
        revision=str(given["revision"]),
        sizes=None if sizes is None else tuple(map(int, sizes)),
    )
