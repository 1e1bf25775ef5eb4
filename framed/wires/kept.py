"""Features as they lie in the cache: the answer's own body with everything in it, and back."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np

from framed.photo import PhotoFacts
from framed.questions import FeaturesQuestion
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
from framed.wires.features import features_body

_EVERYTHING = FeaturesQuestion(tiles=True, explain=True)


def kept_body(found: Features) -> dict[str, Any]:
    """`features` as answered when everything is asked for, and the embedding (float32, base64)."""
    assert found.classification is not None  # fallback labels are never kept
    embedding = found.classification.ranking.embedding.astype("<f4")
    return {
        **features_body(found, _EVERYTHING),
        "embedding": base64.b64encode(embedding.tobytes()).decode(),
        "decoded_size": list(found.photo.decoded_size),
    }


def features_from(body: Mapping[str, Any]) -> Features:
    """The features again; KeyError, TypeError or ValueError where the body is not of this form."""
    detail, tech = body["detail"], body["tech"]
    photo = _photo(detail["photo"], body["decoded_size"])
    about = Classification(
        ranking=_ranking(body),
        model=detail["model"],
        device=detail["device"],
        size=detail["size"],
        photo=photo,
        adjusted=tuple(Adjustment(**each) for each in detail["adjusted"]),
        oom_fallback=detail["oom_fallback"],
        inference_ms=0.0,
    )
    values = {name: value for name, value in tech.items() if name != CLIP_IQA}
    measured = Measurements(values, detail["metrics"], body["warnings"], body["findings"])
    return Features(about, measured, photo, cached=True)


def _ranking(body: Mapping[str, Any]) -> Ranking:
    detail, labels = body["detail"], body["clip_labels"]
    return Ranking(
        results=tuple(
            RankedLabel(each["label"], each["confidence"], each["cosine_score"]) for each in labels
        ),
        top_k=len(labels),
        bank=detail["bank"],
        bank_checksum=detail["bank_checksum"],
        embedding=_embedding(body["embedding"]),
        clip_iqa=body["tech"][CLIP_IQA],
        clip_iqa_backend=detail["clip_iqa_backend"],
    )


def _embedding(text: str) -> Embedding:
    embedding: Embedding = np.frombuffer(base64.b64decode(text, validate=True), "<f4")
    return embedding


def _photo(photo: Mapping[str, Any], decoded_size: list[int]) -> PhotoFacts:
    return PhotoFacts(
        original_size=(photo["width"], photo["height"]),
        decoded_size=(decoded_size[0], decoded_size[1]),
        format=photo["format"],
        applied=tuple(photo["applied"]),
        sha256=photo["sha256"],
    )
