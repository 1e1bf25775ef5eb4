"""What is asked: plain frozen values, already checked, that know nothing of HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from framed.photo import CropMode, DecodeMode, Tones

TemplateChoice = Literal["raw", "bank"]
LabelShape = Literal["full", "names", "match"]
Threshold = float | Literal["bank"]  # of a label's match; "bank": what the bank says of each label
TopK = int | Literal["all"]  # how many labels; "all": the whole list
Encoding = Literal["float", "base64"]  # of an embedding: numbers, or float32 bytes as base64

BY_PROB, BY_MATCH, BY_Z = "prob", "match", "z"
ORDERS = (BY_PROB, BY_MATCH, BY_Z)  # beside the groups of a bank
ALL: Literal["all"] = "all"
MAX_TOP_K = 10
DEFAULT_TOP_K = 5
MAX_LISTED = 10_000  # where a list may be long: as many labels as a bank holds
DEFAULT_SIMILARITY = 0.9


@dataclass(frozen=True)
class RankQuestion:
    """Which words, and how they are ranked against one photo.

    `top_k` None means 5, or all where there are fewer, "all" the whole list, and `most` is the
    largest number that is answered; `labels` None means the bank's own. `temperature` > 0 divides
    the cosines before the softmax; `threshold` in 0..1 turns a weak best label into "unsure".

    `match` says whether each label's match is worked out, `match_threshold` keeps the labels that
    have at least that, `share` (0.001..0.9) is how often a label is expected to apply, None: as the
    bank says. `order` is one of `ORDERS`, or a group of the bank whose labels come first.
    `top_k_per_group` asks for that many labels of each group besides, `parents` for what stands
    above each label, and `tones` are those of the photo that is ranked, once known.
    """

    top_k: TopK | None = None
    temperature: float = 0.01
    threshold: float = 0.0
    bank: str | None = None
    labels: tuple[str, ...] | None = None
    templates: TemplateChoice = "raw"
    most: int = MAX_TOP_K
    match: bool = True
    match_threshold: Threshold | None = None
    share: float | None = None
    order: str = "prob"
    top_k_per_group: int | None = None
    parents: bool = False
    tones: Tones | None = None


@dataclass(frozen=True)
class ClassifyQuestion:
    """`/classify`: how to rank, at which model size (None: the model's best), by which model, and
    whether it looks closer at crops of the photo too.

    `language` asks for the bank's names in it; `names` (label -> name) are those, once known.
    `detail` shows each label's z.
    """

    rank: RankQuestion = RankQuestion()
    size: int | None = None
    model: str | None = None
    decode: DecodeMode = "fast"
    crops: CropMode = "none"
    language: str | None = None
    names: Mapping[str, str] | None = None
    detail: bool = False


@dataclass(frozen=True)
class FeaturesQuestion:
    """`/features`: how each photo of the batch is looked at, and what is shown of the answer.

    `noise_full` measures the noise of the original pixels too. `groups` finds near duplicates:
    photos whose embeddings have a cosine of at least `similarity` and whose pixels agree. The rest
    is shown or not: `label_shape`, `tiles` (the sharpness of each tile), `explain` (findings in
    words), `embedding` (the unit vector, and how it is written), and `language` with `names` and
    `detail` as in `ClassifyQuestion`.
    """

    rank: RankQuestion = RankQuestion()
    size: int | None = None
    model: str | None = None
    decode: DecodeMode = "fast"
    noise_full: bool = False
    groups: bool = False
    similarity: float = DEFAULT_SIMILARITY
    label_shape: LabelShape = "full"
    tiles: bool = False
    explain: bool = False
    embedding: Encoding | None = None
    crops: CropMode = "none"
    language: str | None = None
    names: Mapping[str, str] | None = None
    detail: bool = False


@dataclass(frozen=True)
class BatchItem:
    """One item of a batch: the fields as they came, and where its photo is.

    `source` is a path or an inline photo as text; None where the item is the n-th uploaded file.
    """

    fields: Mapping[str, Any]
    source: str | None = None
