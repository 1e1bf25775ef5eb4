"""`/features`: the batch of artifacts that comes in, and the same artifacts enriched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from framed.errors import Code, FramedError
from framed.photo import PhotoFacts
from framed.questions import DEFAULT_SIMILARITY, BatchItem, FeaturesQuestion, LabelShape
from framed.results import (
    CLIP_IQA,
    Classification,
    Features,
    GroupPlace,
    Measurements,
    RankedLabel,
    Ranking,
)
from framed.wires.errors import error_member
from framed.wires.labelling import adjusted_body, crops_member, display
from framed.wires.matches import group_members, match_members
from framed.wires.parameters import check, no_bool
from framed.wires.ranking import BANK, RankParameters

ARTIFACTS = "artifacts"
SOURCES = ("std_uri", "ranking_uri", "original_uri")  # the first one set is read
FIRST = ("sharpness", "exposure", "noise", CLIP_IQA, "brisque")  # the order that callers know
TILES = "tiles"
MATCH = "match"  # also the name under which `warnings` say why there is none


class FeaturesParameters(RankParameters):
    """Everything `/features` takes beside the photos."""

    labels: LabelShape = Field(
        "full",
        description="`names`: `clip_labels` as plain strings, without figures. `match`: every "
        "label with at least `match_threshold`, which is `bank` unless given.",
    )
    explain: bool = Field(False, description="`findings`: what the metrics say, in plain words.")
    tiles: bool = Field(False, description="The sharpness of each of 8 x 8 tiles, in `detail`.")
    noise_full: bool = Field(
        False, description="Also the noise of the original pixels; forces exact decoding."
    )
    groups: bool = Field(
        False,
        description="Near duplicates as groups: copies of one picture, the original first, and "
        "shots of one scene, the sharpest first.",
    )
    similarity: Annotated[float, BeforeValidator(no_bool)] = Field(
        DEFAULT_SIMILARITY,
        gt=0,
        le=1,
        allow_inf_nan=False,
        description="Cosine of two embeddings from which photos may be near duplicates; their "
        "pixels have to agree too.",
    )


@dataclass(frozen=True)
class FeaturesBatch:
    """What came in: the body around the items, or None for one bare artifact or for files.

    `alone`: the body itself is the photo, so that what is wrong with it refuses the request.
    """

    items: tuple[BatchItem, ...]
    around: Mapping[str, Any] | None = None
    bare: bool = False
    alone: bool = False


def features_question(given: Mapping[str, Any]) -> FeaturesQuestion:
    """The question of a `/features` request; raises `invalid_parameter`."""
    asked = check(FeaturesParameters, given)
    return FeaturesQuestion(
        rank=asked.question(least=BANK if asked.labels == MATCH else None),
        size=asked.size,
        model=asked.model,
        decode=asked.decode,
        crops=asked.crops,
        noise_full=asked.noise_full,
        groups=asked.groups,
        similarity=asked.similarity,
        label_shape=asked.labels,
        tiles=asked.tiles,
        explain=asked.explain,
        language=asked.language,
        detail=asked.detail,
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


def batch_of_one() -> FeaturesBatch:
    """A photo that came as the whole body: one artifact without fields, answered bare."""
    return FeaturesBatch((BatchItem({}),), bare=True, alone=True)


def _item(artifact: Any) -> BatchItem:
    if not isinstance(artifact, Mapping):
        return BatchItem({"artifact": artifact})
    given = (artifact.get(name) for name in SOURCES)
    found = (str(uri) if isinstance(uri, Path) else uri for uri in given)  # of our own process
    return BatchItem(artifact, next((uri for uri in found if isinstance(uri, str) and uri), None))


def photo_id(item: BatchItem) -> str | None:
    """The caller's name of the photo, if it has one."""
    given = item.fields.get("photo_id")
    return given if isinstance(given, str) and given else None


def no_source() -> FramedError:
    """The refusal of an item that names no photo."""
    return FramedError(Code.NO_PHOTO, f"The item names no photo; set one of {', '.join(SOURCES)}.")


def item_body(
    item: BatchItem, outcome: Features | FramedError, question: FeaturesQuestion
) -> dict[str, Any]:
    """The item's own fields in their order, then `features`, or null and an `error`."""
    if isinstance(outcome, FramedError):
        return {**item.fields, "features": None, "error": error_member(outcome)}
    fields = {k: v for k, v in item.fields.items() if not (k == "error" and _is_ours(v))}
    return {**fields, "features": features_body(outcome, question)}


def _is_ours(error: Any) -> bool:
    """Whether an item's `error` is what an earlier answer of ours left there."""
    return isinstance(error, Mapping) and {"code", "message"} <= set(error)


def features_body(found: Features, question: FeaturesQuestion) -> dict[str, Any]:
    """`tech` (numbers or null) and `clip_labels`; the rest in `detail`, reasons in `warnings`."""
    about, measured = found.classification, found.measurements
    ranking = about.ranking if about else None
    body: dict[str, Any] = {
        "tech": _tech(measured.values, ranking),
        "clip_labels": _labels(found, question),
        "detail": {
            **(_model_detail(about, found.photo) if about else {"photo": _photo(found.photo)}),
            "clip_iqa_backend": _clip_iqa_backend(measured, ranking),
            "cached": found.cached,
            "metrics": _metrics(measured.detail, question.tiles),
        },
        "warnings": {**measured.warnings, **_no_match(ranking)},
    }
    if question.explain:
        body["findings"] = dict(measured.findings)
    if found.fallback:
        body["fallback"] = True
    return body | _of_the_list(ranking, question)


def _of_the_list(ranking: Ranking | None, question: FeaturesQuestion) -> dict[str, Any]:
    if ranking is None:
        return {"none_match": None}
    grouped = group_members(ranking, question, "label_groups", partial(_label, question=question))
    return {"none_match": ranking.none_match, **grouped}


def _no_match(ranking: Ranking | None) -> dict[str, str]:
    return {MATCH: ranking.no_match} if ranking and ranking.no_match else {}


def _tech(values: Mapping[str, float | None], ranking: Ranking | None) -> dict[str, float | None]:
    """The first five as callers know them; one that no runner gave is null."""
    every = {CLIP_IQA: ranking.clip_iqa if ranking else None, **values}
    return {name: every.get(name) for name in FIRST} | every


def _clip_iqa_backend(measured: Measurements, ranking: Ranking | None) -> str | None:
    """Whose value stands: a reference library's where it was measured, else the model's."""
    if measured.values.get(CLIP_IQA) is not None:
        backend: str = measured.detail[CLIP_IQA]["backend"]
        return backend
    return ranking.clip_iqa_backend if ranking else None


def _model_detail(about: Classification, photo: PhotoFacts) -> dict[str, Any]:
    return {
        "model": about.model,
        "device": about.device,
        "size": about.size,
        "bank": about.ranking.bank,
        "bank_checksum": about.ranking.bank_checksum,
        "adjusted": adjusted_body(about.adjusted),
        "oom_fallback": about.oom_fallback,
        "photo": _photo(photo),
        **crops_member(about),
    }


def _photo(photo: PhotoFacts) -> dict[str, Any]:
    return {
        "format": photo.format,
        "width": photo.original_size[0],
        "height": photo.original_size[1],
        "applied": list(photo.applied),
        "sha256": photo.sha256,
    }


def _metrics(detail: Mapping[str, Any], tiles: bool) -> dict[str, Any]:
    if tiles:
        return dict(detail)
    return {
        metric: {name: figure for name, figure in figures.items() if name != TILES}
        for metric, figures in detail.items()
    }


def _labels(found: Features, question: FeaturesQuestion) -> list[dict[str, Any] | str]:
    if found.classification is not None:
        return [_label(label, question) for label in found.classification.ranking.results]
    names = found.fallback
    if question.label_shape == "names":
        return [*names]
    nothing = {"confidence": None, "cosine_score": None, "match": None}
    return [{"label": name, **nothing} for name in names]


def _label(label: RankedLabel, question: FeaturesQuestion) -> dict[str, Any] | str:
    if question.label_shape == "names":
        return label.label
    body = {"label": label.label, "confidence": label.prob, "cosine_score": label.score}
    return body | display(label, question.names) | match_members(label, question)


def add_group(item: dict[str, Any], place: GroupPlace | None) -> None:
    """Where the item stands among its near duplicates, said beside its labels."""
    if place is not None:
        item["features"]["group"] = _place(place)
        item["features"]["best_of_group"] = place.rank == 1


def _place(place: GroupPlace) -> dict[str, Any]:
    kind = {"kind": place.kind} if place.kind else {}
    return {"id": place.group, "size": place.size, "rank": place.rank, **kind, "why": place.why}


def batch_body(batch: FeaturesBatch, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The body that came in with its artifacts replaced; a bare artifact answers bare."""
    if batch.bare:
        return items[0]
    return {**(batch.around or {}), ARTIFACTS: list(items)}


def stream_line(index: int, item: dict[str, Any]) -> dict[str, Any]:
    """One line of a streamed answer: which item it is, and the item."""
    return {"index": index, "artifact": item}


def stream_end(
    batch: FeaturesBatch, failed: int, places: Mapping[int, GroupPlace] | None = None
) -> dict[str, Any]:
    """The last line: without it the stream was cut. Groups are known only here."""
    around = {k: v for k, v in (batch.around or {}).items() if k != ARTIFACTS}
    end = {**around, "done": True, "count": len(batch.items), "failed": failed}
    if places is not None:
        end["groups"] = [
            {"index": index, **_place(place), "best_of_group": place.rank == 1}
            for index, place in sorted(places.items())
        ]
    return end
