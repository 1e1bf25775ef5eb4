"""`/api/v1/vision/labels` in the schema of PhotoPrism's vision API.

Source: `ApiRequest`, `ApiResponse` and `LabelResult` of photoprism/photoprism, internal/ai/vision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from framed.bank_structure import BankStructure
from framed.errors import Code, FramedError
from framed.photo import CropMode
from framed.questions import ClassifyQuestion, RankQuestion
from framed.results import BankFacts, Classification, RankedLabel
from framed.shown import shown as printable
from framed.wires.errors import ErrorBody
from framed.wires.languages import names_in
from framed.wires.match_on_request import MatchOnRequest
from framed.wires.matches import reason_member
from framed.wires.parameters import MAX_IMAGES, Name, check, check_known, no_bool
from framed.wires.ranking import HowMany, most_of

LEAST = 0.01  # PhotoPrism reads hundredths, and takes a confidence of 0 for "not said": 80 %
_SOURCE = "image"  # PhotoPrism's word for labels that were found in the picture
_OK = 200
MAX_ID = 200


class VisionParameters(MatchOnRequest):
    """What is read of a request; prompts, options of language models and the rest are not."""

    id: str | None = Field(None, max_length=MAX_ID, description="Comes back in the answer.")
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
    top_k: HowMany = Field(
        None,
        description="How many labels at most: 5, held within 1..10, without a limit where "
        "`match_threshold` is given; `all`: the whole list.",
    )
    threshold: Annotated[float, BeforeValidator(no_bool)] = Field(
        LEAST,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Labels with less `confidence` are left out; those below 0.01 always are.",
    )
    language: Name | None = Field(
        None, description="Labels by their names in this language, such as `de`."
    )
    crops: CropMode = Field(
        "none",
        description="Look closer too: at five crops (`grid`), or at up to four of what stands out "
        "(`saliency`); costs as many photos more.",
    )


@dataclass(frozen=True)
class Shown:
    """How labels are shown: by the names of a language, where one is asked for, in the categories
    that the bank puts them into, and with their match or without."""

    structure: BankStructure
    names: Mapping[str, str]
    with_match: bool

    @classmethod
    def of(cls, asked: VisionParameters, bank: BankFacts) -> Shown:
        """Raises `invalid_parameter` for a language that `bank` has no names in."""
        names = {} if asked.language is None else names_in(bank, asked.language)
        return cls(bank.structure, names, asked.with_match)

    def name(self, label: str) -> str:
        """What people read."""
        return self.names.get(label, label)

    def categories(self, label: str) -> list[str]:
        """What stands above `label`, the nearest first, then the groups that it belongs to;
        in a language only what has a name in it."""
        groups = self.structure.groups.items()
        above = (*self.structure.parents(label), *(n for n, g in groups if label in g.labels))
        told = (each for each in above if not self.names or each in self.names)
        named = dict.fromkeys(map(self.name, told))
        return [name for name in named if name != self.name(label)]


def vision_question(
    given: Mapping[str, Any], address: Mapping[str, Any] | None = None
) -> VisionParameters:
    """The parameters of a request: what the `address` says holds, for whoever set it there knows
    this server, and what PhotoPrism writes into every body, `given`, fills it up.

    Raises `no_photo` and `invalid_parameter`, also for a name in the address that is not known.
    """
    address = address or {}
    check(VisionParameters, address)
    asked = check_known(VisionParameters, {**given, **address})
    if not pictures(asked):
        raise FramedError(
            Code.NO_PHOTO, "There is no photo; send it as a data URI in the list 'images'."
        )
    return asked


def id_of(given: Mapping[str, Any]) -> str | None:
    """What the request calls itself, where that can be said again."""
    given_id = given.get("id")
    return printable(given_id[:MAX_ID], MAX_ID) if isinstance(given_id, str) and given_id else None


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
    return ClassifyQuestion(rank, model=model, crops=asked.crops)


def vision_body(
    found: Sequence[Classification],
    version: str,
    asked_id: str,
    shown: Shown,
    threshold: float = LEAST,
) -> dict[str, Any]:
    """The labels of all pictures together, the surest first, and whose they are."""
    first = found[0]
    labels = together(found, threshold)
    reason = reason_member(*(each.ranking for each in found)) if shown.with_match else {}
    return {
        "id": asked_id,
        "code": _OK,
        "model": {
            "type": "labels",
            "name": first.model,
            "version": version,
            "resolution": first.size,
        },
        "result": {"labels": [_label(each, shown) for each in labels]},
        **reason,
    }


def vision_errors(asked_id: str) -> ErrorBody:
    """`vision_error` for the request that calls itself so."""
    return partial(_refusal, asked_id)


def vision_error(error: FramedError, request_id: str, seconds: float) -> dict[str, Any]:
    """A refusal as PhotoPrism reads it: `error` is a sentence, `code` the status, `id` whose it is.

    Our own word for it stands in `error_code`, with `details` and `request_id`; PhotoPrism passes
    over them. A request that was not read has no `id` but ours.
    """
    return _refusal(request_id, error, request_id, seconds)


def _refusal(asked_id: str, error: FramedError, request_id: str, seconds: float) -> dict[str, Any]:
    body = {
        "id": asked_id,
        "code": error.status,
        "error": error.message,
        "result": {},
        "error_code": error.code.value,
        "request_id": request_id,
    }
    return body | ({"details": error.details} if error.details else {})


def together(found: Sequence[Classification], threshold: float = LEAST) -> list[RankedLabel]:
    """Each label once, at its best, as many as one picture has; those too weak are left out."""
    best: dict[str, RankedLabel] = {}
    for label in (label for each in found for label in each.ranking.results):
        best[label.label] = _better(label, best.get(label.label, label))
    surest = sorted(best.values(), key=lambda label: -label.prob)[: found[0].ranking.top_k]
    return [label for label in surest if label.prob >= max(LEAST, threshold)]


def _better(one: RankedLabel, other: RankedLabel) -> RankedLabel:
    """The surer of two views of a label, with the higher match."""
    matches = [each.match for each in (one, other) if each.match is not None]
    surer = one if one.prob > other.prob else other
    return replace(surer, match=max(matches, default=None))


def _label(label: RankedLabel, shown: Shown) -> dict[str, Any]:
    body = {
        "name": shown.name(label.label),
        "source": _SOURCE,
        "priority": 0,
        "confidence": label.prob,
        "topicality": label.prob,
        "categories": shown.categories(label.label),
    }
    return body | ({"match": label.match} if shown.with_match else {})
