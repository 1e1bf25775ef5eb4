"""`/api/v1/vision/labels` in the schema of PhotoPrism's vision API.

Source: `ApiRequest`, `ApiResponse` and `LabelResult` of photoprism/photoprism, internal/ai/vision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from framed.errors import Code, FramedError
from framed.questions import ClassifyQuestion, RankQuestion
from framed.results import Classification, RankedLabel
from framed.wires.match_on_request import MatchOnRequest
from framed.wires.matches import reason_member
from framed.wires.parameters import MAX_IMAGES, Name, check_known, no_bool
from framed.wires.ranking import most_of

LEAST = 0.01  # PhotoPrism reads hundredths, and takes a confidence of 0 for "not said": 80 %
_SOURCE = "image"  # PhotoPrism's word for labels that were found in the picture
_OK = 200


class VisionParameters(MatchOnRequest):
    """What is read of a request; prompts, options of language models and the rest are not."""

    id: str | None = Field(None, max_length=200, description="Comes back in the answer.")
    model: str | None = Field(
        None,
        max_length=200,
        description="Name of a model, `:version` allowed. PhotoPrism sends the name of its own "
        "one, too: a name that is not known here means the default model; the answer names it.",
    )
    images: list[str] = Field(
        default_factory=list,
        max_length=MAX_IMAGES,
        description="Pictures of one photo: data URIs, base64, or (where `FRAMED_URL_INPUT` is "
        "on) web addresses. A label has the best confidence that it has in any of them.",
    )
    url: str | None = Field(None, description="A picture's web address instead.")
    bank: Name | None = Field(None, description="Label bank; none: the default one.")
    top_k: Annotated[int | None, BeforeValidator(no_bool)] = Field(
        None,
        description="How many labels at most: 5, held within 1..10, without a limit where "
        "`match_threshold` is given.",
    )


def vision_question(given: Mapping[str, Any]) -> VisionParameters:
    """The parameters of a request; raises `no_photo` and `invalid_parameter`."""
    asked = check_known(VisionParameters, given)
    if not pictures(asked):
        raise FramedError(
            Code.NO_PHOTO, "There is no photo; send it as a data URI in the list 'images'."
        )
    return asked


def pictures(asked: VisionParameters) -> list[str]:
    """What is to be looked at, as text."""
    return [*asked.images, *([asked.url] if asked.url else [])]


def model_names(asked: VisionParameters) -> tuple[str, ...]:
    """The names the asked model may have here: as it came, and without its version."""
    name = asked.model or ""
    return tuple(dict.fromkeys(each for each in (name, name.rpartition(":")[0]) if each))


def labels_question(asked: VisionParameters, model: str | None) -> ClassifyQuestion:
    """What is asked of each picture."""
    rank = RankQuestion(
        top_k=asked.top_k,
        bank=asked.bank,
        most=most_of(asked.match_threshold),
        match=asked.with_match,
        match_threshold=asked.match_threshold,
    )
    return ClassifyQuestion(rank, model=model)


def vision_body(
    found: Sequence[Classification], version: str, asked_id: str, *, with_match: bool = False
) -> dict[str, Any]:
    """The labels of all pictures together, the surest first, and whose they are."""
    first = found[0]
    reason = reason_member(*(each.ranking for each in found)) if with_match else {}
    return {
        "id": asked_id,
        "code": _OK,
        "model": {
            "type": "labels",
            "name": first.model,
            "version": version,
            "resolution": first.size,
        },
        "result": {"labels": [_label(each, with_match) for each in together(found)]},
        **reason,
    }


def together(found: Sequence[Classification]) -> list[RankedLabel]:
    """Each label once, at its best, as many as one picture has; those too weak are left out."""
    best: dict[str, RankedLabel] = {}
    for label in (label for each in found for label in each.ranking.results):
        best[label.label] = _better(label, best.get(label.label, label))
    surest = sorted(best.values(), key=lambda label: -label.prob)[: found[0].ranking.top_k]
    return [label for label in surest if label.prob >= LEAST]


def _better(one: RankedLabel, other: RankedLabel) -> RankedLabel:
    """The surer of two views of a label, with the higher match."""
    matches = [each.match for each in (one, other) if each.match is not None]
    surer = one if one.prob > other.prob else other
    return replace(surer, match=max(matches, default=None))


def _label(label: RankedLabel, with_match: bool) -> dict[str, Any]:
    body = {
        "name": label.label,
        "source": _SOURCE,
        "priority": 0,
        "confidence": label.prob,
        "topicality": label.prob,
    }
    return body | ({"match": label.match} if with_match else {})
