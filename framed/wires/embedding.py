"""`/embed`, `/anomaly-score`, `/similarity`, `/batch-similarity`, as the embedding service was.

Its bodies are kept as they were; which model answered stands in the headers of the answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from framed.photo import DecodeMode
from framed.results import Embedding
from framed.shown import shown_value
from framed.wires.long_texts import LongText
from framed.wires.parameters import SHOWN, Name, Parameters, check_known

MAX_TEXTS = 100


def _finite_numbers(value: Any) -> Any:
    """Numbers as floats; ValueError names the first that is none, by its place from zero."""
    if not isinstance(value, list):
        raise ValueError("Input should be a list of numbers")
    return [_finite(each, place) for place, each in enumerate(value)]


def _finite(value: Any, place: int) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{shown_value(value, SHOWN)!r} at place {place} is no number")
    try:
        number = float(value)
    except OverflowError:  # an integer of hundreds of digits
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"The number at place {place} is not finite")
    return number


def _not_zero(numbers: list[float]) -> list[float]:
    if numbers and not any(numbers):  # none at all: too few, which the model's facts will show
        raise ValueError("All numbers are zero, which is no direction to compare with")
    return numbers


Baseline = Annotated[list[float], BeforeValidator(_finite_numbers), AfterValidator(_not_zero)]


class EmbedParameters(Parameters):
    """What `/embed` takes beside the photo."""

    model: Name | None = Field(
        None, description="Name of the model; none: `FRAMED_EMBED_MODEL`, else the default one."
    )
    decode: DecodeMode = Field(
        "fast",
        description="`exact` keeps every pixel; else large JPEG files shrink on load, and other "
        "pictures above 16 megapixels are reduced.",
    )


class AnomalyParameters(EmbedParameters):
    """What `/anomaly-score` takes beside the photo."""

    baseline_embedding: Baseline = Field(
        description="What is normal: an embedding of the same model, or an average of several; "
        "as many numbers as the model's embeddings have, not all zero. It need not have length 1."
    )


class SimilarityParameters(EmbedParameters):
    """What `/similarity` takes beside the photo."""

    text: LongText = Field(
        description="The text, encoded as it stands; of a long one the beginning."
    )


class BatchSimilarityParameters(EmbedParameters):
    """What `/batch-similarity` takes beside the photo."""

    texts: list[LongText] = Field(
        min_length=1,
        max_length=MAX_TEXTS,
        description=f"1 to {MAX_TEXTS} texts, encoded as they stand; of long ones the "
        "beginning; one sent twice is one answer.",
    )


def embed_question(given: Mapping[str, Any]) -> EmbedParameters:
    """The parameters of an `/embed` request; these routes ignore what they do not know."""
    return check_known(EmbedParameters, given)


def anomaly_question(given: Mapping[str, Any]) -> AnomalyParameters:
    """Those of `/anomaly-score`; raises `invalid_parameter` for a baseline that is no direction."""
    return check_known(AnomalyParameters, given)


def similarity_question(given: Mapping[str, Any]) -> SimilarityParameters:
    """Those of `/similarity`; raises `invalid_parameter` for a blank text."""
    return check_known(SimilarityParameters, given)


def batch_similarity_question(given: Mapping[str, Any]) -> BatchSimilarityParameters:
    """Those of `/batch-similarity`; raises `invalid_parameter` for none, too many, blank texts."""
    return check_known(BatchSimilarityParameters, given)


def embed_body(embedding: Embedding, milliseconds: float) -> dict[str, Any]:
    """The unit vector, every digit of its float32 numbers, and the time."""
    return {"embedding": embedding.tolist(), **_time(milliseconds)}


def anomaly_body(similarity: float, milliseconds: float) -> dict[str, Any]:
    """1 - cosine held within 0..1 (0: as the baseline), the cosine itself, and the time."""
    return {
        "anomaly_score": min(max(1.0 - similarity, 0.0), 1.0),
        "similarity_to_baseline": similarity,
        **_time(milliseconds),
    }


def similarity_body(similarity: float, milliseconds: float) -> dict[str, Any]:
    """The cosine of photo and text, and the time."""
    return {"similarity": similarity, **_time(milliseconds)}


def batch_similarity_body(
    texts: Sequence[str], similarities: Sequence[float], milliseconds: float
) -> dict[str, Any]:
    """Text -> cosine in the order sent, and the time."""
    return {
        "similarities": dict(zip(texts, similarities, strict=True)),
        **_time(milliseconds),
    }


def _time(milliseconds: float) -> dict[str, float]:
    return {"inference_time_ms": round(milliseconds, 3)}
