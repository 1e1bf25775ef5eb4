"""What every labelling route takes: which labels, how many, from which match on, in which order."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from framed.bank_structure import SHARES
from framed.photo import CropMode, DecodeMode
from framed.questions import (
    ALL,
    BY_PROB,
    MAX_LISTED,
    MAX_TOP_K,
    RankQuestion,
    TemplateChoice,
    Threshold,
    TopK,
)
from framed.wires.parameters import Name, Parameters, no_bool, whole_number

BANK: Literal["bank"] = "bank"
_WHOLE = TypeAdapter(int)


def _one_of_sizes(value: Any) -> Any:
    if str(value).strip() not in ("224", "336") or isinstance(value, bool):
        raise ValueError("Input should be 224 or 336")
    return int(str(value).strip())


def _threshold(value: Any) -> Any:
    if value is None or value == BANK:
        return value
    try:
        number = float(no_bool(value))
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not 0 <= number <= 1:
        raise ValueError("Input should be a number from 0 to 1, or the word 'bank'")
    return number


def _number_or_all(value: Any) -> Any:
    if value is None or value == ALL:
        return value
    try:
        return _WHOLE.validate_python(whole_number(value))
    except ValidationError:
        raise ValueError("Input should be a whole number, or the word 'all'") from None


HowMany = Annotated[TopK | None, BeforeValidator(_number_or_all)]
Size = Annotated[Literal[224, 336], BeforeValidator(_one_of_sizes)]
MatchThreshold = Annotated[
    Annotated[float, Field(ge=0, le=1)] | Literal["bank"] | None, BeforeValidator(_threshold)
]


def most_of(threshold: Threshold | None, *, own: bool = False) -> int:
    """The largest `top_k`: a whole list where the labels are one's own or a match decides."""
    return MAX_LISTED if own or threshold is not None else MAX_TOP_K


class RankParameters(Parameters):
    """What every labelling route takes."""

    top_k: HowMany = Field(
        None,
        description="How many labels: 5, held within 1..10 and the number of labels; `all`: the "
        "whole list. With `match_threshold` or own labels a number may be as large as the list, "
        "and with `match_threshold` none means all that have it.",
    )
    temperature: Annotated[float, BeforeValidator(no_bool)] = Field(
        0.01, gt=0, le=100, allow_inf_nan=False, description="Divides the cosines: small is peaky."
    )
    threshold: Annotated[float, BeforeValidator(no_bool)] = Field(
        0.0,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description='A best probability below this answers "unsure".',
    )
    match_threshold: MatchThreshold = Field(
        None,
        description="Only labels with at least this `match`, 0 to 1, perhaps none; `bank`: what "
        "the bank says of each label, else 0.3.",
    )
    share: Annotated[float | None, BeforeValidator(no_bool)] = Field(
        None,
        ge=SHARES[0],
        le=SHARES[1],
        allow_inf_nan=False,
        description="How often a label is expected to apply, for `match`; none: as the bank says, "
        "else 0.136.",
    )
    order: Name = Field(
        BY_PROB,
        description="`prob`, `match` or `z`, highest first; or a group of the bank, whose labels "
        "then stand before the others.",
    )
    top_k_per_group: Annotated[int | None, BeforeValidator(whole_number)] = Field(
        None, ge=1, le=100, description="Also this many labels of each group of the bank."
    )
    parents: bool = Field(False, description="Also what stands above each label in the bank.")
    detail: bool = Field(
        False, description="Also each label's `z`: deviations above everyday words."
    )
    bank: Name | None = Field(None, description="Label bank; none: the default one.")
    size: Size | None = Field(
        None, description="Side of the model's square, 224 or 336; none: the model's best."
    )
    model: Name | None = Field(None, description="Name of the model; none: the served one.")
    language: Name | None = Field(
        None, description="Also each label's `display` name in this language, such as `de`."
    )
    decode: DecodeMode = Field(
        "fast",
        description="`exact` keeps every pixel; else large JPEG files shrink on load, and other "
        "pictures above 16 megapixels are reduced.",
    )
    crops: CropMode = Field(
        "none",
        description="Look closer too: at five crops (`grid`), or at up to four of what stands out "
        "(`saliency`); costs as many photos more.",
    )

    def question(
        self,
        labels: list[str] | None = None,
        templates: TemplateChoice = "raw",
        *,
        least: Threshold | None = None,
    ) -> RankQuestion:
        """The part that the ranking needs; `least` is the match threshold where none is asked."""
        threshold = least if self.match_threshold is None else self.match_threshold
        return RankQuestion(
            top_k=self.top_k,
            temperature=self.temperature,
            threshold=self.threshold,
            bank=self.bank,
            labels=tuple(labels) if labels is not None else None,
            templates=templates,
            most=most_of(threshold, own=labels is not None),
            match_threshold=threshold,
            share=self.share,
            order=self.order,
            top_k_per_group=self.top_k_per_group,
            parents=self.parents,
        )
