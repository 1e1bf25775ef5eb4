"""`/features`: what is asked of the photos of a batch, and what is answered of each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from framed.errors import FramedError
from framed.photo import PhotoFacts
from framed.questions import (
    DEFAULT_SIMILARITY,
    BatchItem,
    FeaturesQuestion,
    LabelShape,
)
from framed.results import (
    CLIP_IQA,
    Classification,
    Features,
    Measurements,
    RankedLabel,
    Ranking,
)
from framed.wires.errors import error_member
from framed.wires.labelling import adjusted_body, crops_member, display
from framed.wires.matches import group_members, match_members
from framed.wires.parameters import check, no_bool
from framed.wires.ranking import BANK, RankParameters
from framed.wires.vectors import EncodingIfAny, embedding_member, encoding_of

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
    embedding: EncodingIfAny = Field(
        False, description="Also the unit vector: `float` (or `true`), `base64` of its float32."
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
        embedding=encoding_of(asked.embedding),
        language=asked.language,
        detail=asked.detail,
    )


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
    body |= embedding_member(ranking, question.embedding)
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
