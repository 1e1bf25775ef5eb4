"""What is answered: plain frozen values that know nothing of HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from framed.errors import Code, FramedError
from framed.photo import PhotoFacts, SquareSpec

Embedding = npt.NDArray[np.float32]
State = Literal["loading", "ready", "failed"]

UNSURE = "unsure"


@dataclass(frozen=True)
class RankedLabel:
    """One label with its softmax share `prob` (0..1) and its raw cosine `score` (-1..1)."""

    label: str
    prob: float
    score: float


@dataclass(frozen=True)
class Adjustment:
    """A parameter that was asked outside what is possible, and the value used instead."""

    name: str
    asked: Any
    used: Any


@dataclass(frozen=True)
class Ranking:
    """Labels ranked against one photo.

    `bank` is None where the labels came with the request; then `every` holds them all, in order.
    """

    results: tuple[RankedLabel, ...]
    top_k: int
    bank: str | None
    bank_checksum: str
    embedding: Embedding
    adjusted: tuple[Adjustment, ...] = ()
    every: tuple[RankedLabel, ...] | None = None


@dataclass(frozen=True)
class Classification:
    """A ranking and the circumstances it was made in; times are milliseconds."""

    ranking: Ranking
    model: str
    device: str
    size: int
    photo: PhotoFacts
    adjusted: tuple[Adjustment, ...]
    oom_fallback: bool
    inference_ms: float


@dataclass(frozen=True)
class Measurements:
    """Technical metrics of one photo.

    `values`: metric -> number or None; `detail`: further figures by metric; `warnings`: metric ->
    the reason code of a None.
    """

    values: Mapping[str, float | None]
    detail: Mapping[str, Any] = field(default_factory=dict)
    warnings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Features:
    """Both runners' answers about one photo, and how long each stage took, in milliseconds."""

    classification: Classification
    measurements: Measurements
    stages_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class BankFacts:
    """What a label bank is: names and templates in file order, and its checksum (hex)."""

    name: str
    labels: tuple[str, ...]
    templates: tuple[str, ...]
    checksum: str


@dataclass(frozen=True)
class ReloadReport:
    """What a reload did; `checksum_before` is None where the bank was not there before."""

    bank: str
    labels: int
    templates: int
    checksum_before: str | None
    checksum: str
    encoded_prompts: int
    seconds: float


@dataclass(frozen=True)
class ClipFacts:
    """What the ClipRunner is and how it is.

    "failed" with a `model` means that the model is loaded, but the default bank is not: `reason`
    says why, and all else works. `warmed` is true once a picture was really encoded since the
    process started. `sizes` are the square sides the model can look at; `squares` says how each is
    cut.
    """

    state: State
    reason: str | None = None
    model: str = ""
    model_id: str = ""
    aliases: tuple[str, ...] = ()
    revision: str = ""
    note: str = ""
    engine: str = ""
    device: str = ""
    precision: str = ""
    threads: int = 0
    sizes: tuple[int, ...] = ()
    default_size: int = 0
    squares: tuple[SquareSpec, ...] = ()
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    embedding_dim: int = 0
    logit_scale: float = 0.0
    warmed: bool = False
    cuda_available: bool = False
    vram_used_gb: float = 0.0
    banks: tuple[BankFacts, ...] = ()
    pid: int = 0

    def refusal(self) -> FramedError | None:
        """Why there is no model to ask, for callers; None where there is one."""
        if self.state == "ready" or self.model:
            return None
        if self.state == "loading":
            words = "The model is still loading; try again shortly."
            return FramedError(Code.NOT_READY, words, retry_after=2)
        words = "The model could not be loaded; the operator finds the reason in the log."
        return FramedError(Code.NOT_READY, words, retry_after=60)

    def square(self, size: int) -> SquareSpec:
        """How the square of side `size` is cut."""
        return next(spec for spec in self.squares if spec.size == size)


@dataclass(frozen=True)
class TechnicalFacts:
    """What the TechnicalRunner measures, and whether it has done so since it started."""

    metrics: Mapping[str, int]
    warmed: bool
    pid: int
