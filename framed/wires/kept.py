"""Features as they lie in the cache: the answer's own body with everything in it, and back."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, FiniteFloat, TypeAdapter

from framed.photo import CropMode, PhotoFacts, Region
from framed.questions import FeaturesQuestion, RankQuestion
from framed.results import (
    CLIP_IQA,
    Adjustment,
    Classification,
    Embedding,
    Features,
    Measurements,
    RankedLabel,
    Ranking,
)
from framed.wires.features import MATCH, features_body
from framed.wires.kept_likeness import KeptLikeness, kept_likeness, likeness_from

FORM = 3  # rises when the body changes its form, so that caches let go
_EVERYTHING = FeaturesQuestion(
    RankQuestion(parents=True, top_k_per_group=1),
    tiles=True,
    explain=True,
    embedding="base64",
    detail=True,
)


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class _Label(_Body):
    label: str
    confidence: FiniteFloat
    cosine_score: FiniteFloat
    match: FiniteFloat | None
    z: FiniteFloat | None
    parents: list[str]
    group_prob: FiniteFloat | None = None  # of labels in groups


class _Photo(_Body):
    format: str
    width: int
    height: int
    applied: list[str]
    sha256: str


class _Region(_Body):
    box: list[int]
    label: str
    prob: FiniteFloat
    score: FiniteFloat


class _Crops(_Body):
    mode: CropMode
    merge: str
    regions: list[_Region]


class _Detail(_Body):
    model: str
    device: str
    size: int
    bank: str
    bank_checksum: str
    adjusted: list[dict[str, Any]]
    oom_fallback: bool
    photo: _Photo
    crops: _Crops | None = None
    clip_iqa_backend: str | None
    metrics: dict[str, dict[str, Any]]


class _Kept(_Body):
    tech: dict[str, FiniteFloat | None]
    clip_labels: list[_Label]
    detail: _Detail
    warnings: dict[str, str]
    findings: dict[str, str]
    none_match: bool | None
    label_groups: dict[str, list[_Label]]
    embedding: str
    decoded_size: list[int]
    likeness: KeptLikeness | None = None  # of photos that groups were asked of


_KEPT = TypeAdapter(_Kept)


def kept_body(found: Features) -> dict[str, Any]:
    """`features` as answered when everything is asked for, and the embedding (float32, base64)."""
    assert found.classification is not None  # fallback labels are never kept
    likeness = {"likeness": kept_likeness(found.likeness)} if found.likeness else {}
    return {
        **features_body(found, _EVERYTHING),
        "decoded_size": list(found.photo.decoded_size),
        **likeness,
    }


def features_from(body: Mapping[str, Any], dim: int) -> Features:
    """The features again; ValueError where the body is not of this form, or of another `dim`."""
    kept = _KEPT.validate_python(body)
    if len(kept.decoded_size) != 2 or CLIP_IQA not in kept.tech:
        raise ValueError("a part is missing")
    photo, crops = _photo(kept), kept.detail.crops
    about = Classification(
        ranking=_ranking(kept, dim),
        model=kept.detail.model,
        device=kept.detail.device,
        size=kept.detail.size,
        photo=photo,
        adjusted=tuple(_adjustment(each) for each in kept.detail.adjusted),
        oom_fallback=kept.detail.oom_fallback,
        inference_ms=0.0,
        crops=crops.mode if crops else "none",
        regions=tuple(_box(region.box) for region in crops.regions) if crops else (),
    )
    values = {name: value for name, value in kept.tech.items() if name != CLIP_IQA}
    warnings = {name: code for name, code in kept.warnings.items() if name != MATCH}
    measured = Measurements(values, kept.detail.metrics, warnings, kept.findings)
    likeness = likeness_from(kept.likeness) if kept.likeness else None
    return Features(about, measured, photo, cached=True, likeness=likeness)


def _ranking(kept: _Kept, dim: int) -> Ranking:
    crops = kept.detail.crops
    return Ranking(
        results=_labels(kept.clip_labels),
        top_k=len(kept.clip_labels),
        bank=kept.detail.bank,
        bank_checksum=kept.detail.bank_checksum,
        embedding=_embedding(kept.embedding, dim),
        clip_iqa=kept.tech[CLIP_IQA],
        clip_iqa_backend=kept.detail.clip_iqa_backend,
        by_region=tuple(
            RankedLabel(region.label, region.prob, region.score)
            for region in (crops.regions if crops else ())
        ),
        merge=crops.merge if crops else None,
        none_match=kept.none_match,
        no_match=kept.warnings.get(MATCH),
        groups={name: _labels(group) for name, group in kept.label_groups.items()},
    )


def _labels(kept: list[_Label]) -> tuple[RankedLabel, ...]:
    return tuple(
        RankedLabel(
            each.label,
            each.confidence,
            each.cosine_score,
            match=each.match,
            z=each.z,
            group_prob=each.group_prob,
            parents=tuple(each.parents),
        )
        for each in kept
    )


def _box(given: list[int]) -> Region:
    if len(given) != 4:
        raise ValueError(f"a box has {len(given)} numbers, not 4")
    x, y, width, height = given
    return x, y, width, height


def _embedding(text: str, dim: int) -> Embedding:
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as fault:
        raise ValueError(f"the embedding is no base64: {fault}") from None
    if len(data) != 4 * dim:
        raise ValueError(f"the embedding holds {len(data)} bytes, not {4 * dim}")
    embedding: Embedding = np.frombuffer(data, "<f4")
    return embedding


def _adjustment(given: Mapping[str, Any]) -> Adjustment:
    try:
        return Adjustment(given["name"], given["asked"], given["used"])
    except KeyError as fault:
        raise ValueError(f"an adjustment lacks {fault}") from None


def _photo(kept: _Kept) -> PhotoFacts:
    photo, (width, height) = kept.detail.photo, kept.decoded_size
    return PhotoFacts(
        original_size=(photo.width, photo.height),
        decoded_size=(width, height),
        format=photo.format,
        applied=tuple(photo.applied),
        sha256=photo.sha256,
    )
