"""`/features`: the batch of artifacts that comes in, and the same artifacts enriched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from framed.errors import Code, FramedError
from framed.questions import BatchItem, FeaturesQuestion, LabelShape
from framed.results import Features, RankedLabel
from framed.wires.errors import error_member
from framed.wires.labelling import adjusted_body
from framed.wires.parameters import RankParameters, check

ARTIFACTS = "artifacts"
SOURCES = ("std_uri", "ranking_uri", "original_uri")  # the first one set is read
PRECISION = 6  # decimals of a time in seconds


class FeaturesParameters(RankParameters):
    """Everything `/features` takes beside the photos."""

    labels: LabelShape = Field(
        "full", description="`names`: `clip_labels` as plain strings, without figures."
    )


@dataclass(frozen=True)
class FeaturesBatch:
    """What came in: the body around the items, or None for one bare artifact or for files."""

    items: tuple[BatchItem, ...]
    around: Mapping[str, Any] | None = None
    bare: bool = False


def features_question(given: Mapping[str, Any]) -> FeaturesQuestion:
    """The question of a `/features` request; raises `invalid_parameter`."""
    asked = check(FeaturesParameters, given)
    return FeaturesQuestion(
        rank=asked.question(),
        size=asked.size,
        model=asked.model,
        decode=asked.decode,
        label_shape=asked.labels,
    )


def batch_from(body: Any, most: int) -> FeaturesBatch:
    """A JSON body as a batch: `{artifacts: [...]}` and anything around it, or a bare artifact."""
    if not isinstance(body, Mapping):
        raise FramedError(
            Code.INVALID_BODY, 'Send an object: {"artifacts": [...]} or one artifact.'
        )
    if ARTIFACTS not in body:
        return FeaturesBatch((_item(body),), bare=True)
    artifacts = body[ARTIFACTS]
    if not isinstance(artifacts, list):
        raise FramedError(Code.INVALID_BODY, "`artifacts` must be a list of objects.")
    if len(artifacts) > most:
        raise FramedError(
            Code.TOO_LARGE, f"A batch holds at most {most} items; this one has {len(artifacts)}."
        )
    return FeaturesBatch(tuple(_item(artifact) for artifact in artifacts), around=body)


def batch_of_files(names: Sequence[str | None]) -> FeaturesBatch:
    """Uploaded files as a batch; each item is known by its file's name."""
    return FeaturesBatch(tuple(BatchItem({"filename": name}) for name in names), around={})


def _item(artifact: Any) -> BatchItem:
    if not isinstance(artifact, Mapping):
        return BatchItem({"artifact": artifact})
    found = (artifact.get(name) for name in SOURCES)
    return BatchItem(artifact, next((uri for uri in found if isinstance(uri, str) and uri), None))


def no_source() -> FramedError:
    """The refusal of an item that names no photo."""
    return FramedError(Code.NO_PHOTO, f"The item names no photo; set one of {', '.join(SOURCES)}.")


def item_body(
    item: BatchItem, outcome: Features | FramedError, shape: LabelShape
) -> dict[str, Any]:
    """The item's own fields in their order, then `features`, or null and an `error`."""
    if isinstance(outcome, FramedError):
        return {**item.fields, "features": None, "error": error_member(outcome)}
    fields = {k: v for k, v in item.fields.items() if not (k == "error" and _is_ours(v))}
    return {**fields, "features": features_body(outcome, shape)}


def _is_ours(error: Any) -> bool:
    """Whether an item's `error` is what an earlier answer of ours left there."""
    return isinstance(error, Mapping) and {"code", "message"} <= set(error)


def features_body(found: Features, shape: LabelShape) -> dict[str, Any]:
    """`tech` (numbers or null) and `clip_labels`; the rest in `detail`, reasons in `warnings`."""
    measured, about = found.measurements, found.classification
    return {
        "tech": dict(measured.values),
        "clip_labels": [_label(label, shape) for label in about.ranking.results],
        "detail": {
            "model": about.model,
            "device": about.device,
            "size": about.size,
            "bank": about.ranking.bank,
            "bank_checksum": about.ranking.bank_checksum,
            "adjusted": adjusted_body(about.adjusted),
            "oom_fallback": about.oom_fallback,
            "photo": {
                "format": about.photo.format,
                "width": about.photo.original_size[0],
                "height": about.photo.original_size[1],
                "applied": list(about.photo.applied),
                "sha256": about.photo.sha256,
            },
            "metrics": dict(measured.detail),
        },
        "warnings": dict(measured.warnings),
    }


def _label(label: RankedLabel, shape: LabelShape) -> dict[str, Any] | str:
    if shape == "names":
        return label.label
    return {"label": label.label, "confidence": label.prob, "cosine_score": label.score}


def batch_body(batch: FeaturesBatch, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The body that came in with its artifacts replaced; a bare artifact answers bare."""
    if batch.bare:
        return items[0]
    return {**(batch.around or {}), ARTIFACTS: list(items)}


def stream_line(index: int, item: dict[str, Any]) -> dict[str, Any]:
    """One line of a streamed answer: which item it is, and the item."""
    return {"index": index, "artifact": item}


def stream_end(batch: FeaturesBatch, failed: int) -> dict[str, Any]:
    """The last line: without it the stream was cut."""
    around = {k: v for k, v in (batch.around or {}).items() if k != ARTIFACTS}
    return {**around, "done": True, "count": len(batch.items), "failed": failed}
