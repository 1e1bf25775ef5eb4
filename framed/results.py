"""What is answered: plain frozen values that know nothing of HTTP."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from framed.bank_structure import BankStructure
from framed.errors import Code, FramedError
from framed.photo import CropMode, Likeness, PhotoFacts, PlaneName, Region, SquareSpec
from framed.score_facts import ScoreFacts

Embedding = npt.NDArray[np.float32]
State = Literal["loading", "ready", "failed"]
SlotState = Literal["unloaded", "loading", "ready", "failed"]

UNSURE = "unsure"
CLIP_IQA = "clip_iqa"
NOT_A_PHOTO = "not_a_photo"


@dataclass(frozen=True)
class RankedLabel:
    """One label with its softmax share `prob` (0..1) and its raw cosine `score` (-1..1).

    `match` (0..1) is how surely it applies, whatever the other labels are, and `z` what that was
    made of: by how many standard deviations it stands out among everyday words. Both are None where
    they are not to be had. `group_prob` is the share among the labels of one group, where that was
    asked for, and `parents` are what stands above the label, the nearest first.
    """

    label: str
    prob: float
    score: float
    match: float | None = None
    z: float | None = None
    group_prob: float | None = None
    parents: tuple[str, ...] = ()


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
    `clip_iqa` (0..1, 1 = better) is the model's view of the photo's quality, `clip_iqa_backend`
    how it was made.
    Where regions of the photo were looked at, `by_region` holds the best label of each alone, the
    whole's first, and `merge` says how they became the `results`; `embedding` and `clip_iqa` are
    the whole's.
    `none_match` is True where no label of the list seems to apply; None where that cannot be told,
    with `no_match` as the reason why there is no match at all. `groups` holds the best labels of
    each group, where that was asked for. `edition` is that of the bank (see `BankFacts`).
    """

    results: tuple[RankedLabel, ...]
    top_k: int
    bank: str | None
    bank_checksum: str
    embedding: Embedding
    adjusted: tuple[Adjustment, ...] = ()
    every: tuple[RankedLabel, ...] | None = None
    clip_iqa: float | None = None
    clip_iqa_backend: str | None = None
    by_region: tuple[RankedLabel, ...] = ()
    merge: str | None = None
    none_match: bool | None = None
    no_match: str | None = None
    groups: Mapping[str, tuple[RankedLabel, ...]] = field(default_factory=dict)
    edition: str = ""

    def without_clip_iqa(self) -> Ranking:
        """The same, silent about the photo's quality."""
        return replace(self, clip_iqa=None, clip_iqa_backend=None)


@dataclass(frozen=True)
class Classification:
    """A ranking and the circumstances it was made in; times are milliseconds.

    `regions` are the places that the ranking's `by_region` is about.
    """

    ranking: Ranking
    model: str
    device: str
    size: int
    photo: PhotoFacts
    adjusted: tuple[Adjustment, ...]
    oom_fallback: bool
    inference_ms: float
    crops: CropMode = "none"
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True)
class Measurements:
    """Technical metrics of one photo.

    `values`: name -> number or None; `detail`: further figures by metric; `warnings`: metric ->
    the reason code of a None; `findings`: metric -> a few plain words, where there is a thing to
    say.
    """

    values: Mapping[str, float | None]
    detail: Mapping[str, Any] = field(default_factory=dict)
    warnings: Mapping[str, str] = field(default_factory=dict)
    findings: Mapping[str, str] = field(default_factory=dict)

    @property
    def drawn(self) -> bool:
        """Whether the picture is drawn, written or plain: metrics of photos alone are None."""
        return NOT_A_PHOTO in self.warnings.values()

    def without(self, metric: str, reason: str) -> Measurements:
        """The same, with the reason why `metric` has no number, unless it has one."""
        if self.values.get(metric) is not None:
            return self
        values = {**self.values, metric: None}
        return replace(self, values=values, warnings={metric: reason, **self.warnings})


@dataclass(frozen=True)
class Features:
    """Both runners' answers about one photo, and how long each stage took, in milliseconds.

    Where the model failed and the operator allows it, `classification` is None and `fallback`
    holds the labels to answer instead. `cached` is True where an earlier answer was found again.
    `likeness` is there where groups were asked for.
    """

    classification: Classification | None
    measurements: Measurements
    photo: PhotoFacts
    stages_ms: Mapping[str, float] = field(default_factory=dict)
    fallback: tuple[str, ...] = ()
    cached: bool = False
    likeness: Likeness | None = None

    def again(self, stages_ms: Mapping[str, float]) -> Features:
        """The same features, found in the cache in that time."""
        return replace(self, stages_ms=stages_ms, cached=True)


@dataclass(frozen=True)
class BankFacts:
    """What a label bank is: names and templates in file order, and its checksum (hex).

    `names`: language -> label -> what people are shown instead. `scores` says how its labels'
    match is worked out, and `edition` (hex) changes with anything that an answer depends on.
    """

    name: str
    labels: tuple[str, ...]
    templates: tuple[str, ...]
    checksum: str
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    structure: BankStructure = field(default_factory=BankStructure)
    scores: ScoreFacts = field(default_factory=ScoreFacts)
    edition: str = ""


@dataclass(frozen=True)
class ModelState:
    """One of the served models: whether it is loaded, what it holds and how much it has to do.

    `words` are all that it may be called, its name first.
    `memory_mb` is by how much its loading made the process grow, in MiB; `in_flight` counts the
    questions that are being answered, `waiting` the photos in the engine's queue, `photos` those
    asked about since the start. `checksums` are those of its label banks, by name, and `scores` how
    their labels' match is worked out.
    """

    words: tuple[str, ...]
    model_id: str
    state: SlotState
    embedding_dim: int
    memory_mb: float | None = None
    in_flight: int = 0
    waiting: int = 0
    photos: int = 0
    idle_seconds: float = 0.0
    revision: str = ""
    engine: str = ""
    device: str = ""
    precision: str = ""
    checksums: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[str, ScoreFacts] = field(default_factory=dict)


@dataclass(frozen=True)
class ClipFacts:
    """What the ClipRunner is and how it is.

    "failed" with a `model` means that the model is loaded, but the default bank is not: `reason`
    says why, and all else works. `refused` says of each better engine why it does not serve.
    `warmed` is true once a picture was really encoded since the process started. `sizes` are the
    square sides the model can look at; `squares` says how each is cut. `models` are all that are
    served, this one included, where it is the default one that is described. `embedded` is true of
    the checkpoint that comes with Framed; `accuracy` is what the model's card says of it.
    """

    state: State
    reason: str | None = None
    model: str = ""
    model_id: str = ""
    aliases: tuple[str, ...] = ()
    revision: str = ""
    note: str = ""
    embedded: bool = False
    accuracy: str = ""
    engine: str = ""
    device: str = ""
    precision: str = ""
    threads: int = 0
    refused: tuple[str, ...] = ()
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
    default_bank: str = "default"
    models: tuple[ModelState, ...] = ()
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
class MetricFacts:
    """What a metric is: see `Metric` in the TechnicalRunner; `names` are the numbers it gives."""

    version: int
    backend: str
    view: PlaneName
    range: tuple[float, float]
    direction: str
    high: str
    low: str
    names: tuple[str, ...] = ()
    on_request: bool = False


@dataclass(frozen=True)
class TechnicalFacts:
    """What the TechnicalRunner measures, and whether it has done so since it started."""

    metrics: Mapping[str, MetricFacts]
    warmed: bool
    pid: int

    def planes(self, requested: Collection[str] = ()) -> tuple[PlaneName, ...]:
        """The views to make of a photo; metrics on request must be `requested`."""
        wanted = (
            m.view for name, m in self.metrics.items() if name in requested or not m.on_request
        )
        return tuple(dict.fromkeys(wanted))
