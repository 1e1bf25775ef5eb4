"""`/encode_image` and `/encode_text`: bare lists of floats, as the encoder service answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy.typing as npt
from pydantic import Field

from framed.errors import FramedError
from framed.photo import DecodeMode
from framed.results import Embedding
from framed.wires.on_error import OnError
from framed.wires.parameters import Name, Parameters, Text, check, check_known

MAX_TEXTS = 1000


class EncodeImageParameters(Parameters):
    """Everything `/encode_image` takes beside the photos."""

    model: Name | None = Field(
        None, description="Name of the model; none: `FRAMED_ENCODER_MODEL`, else the default one."
    )
    decode: DecodeMode = Field(
        "fast",
        description="`exact` keeps every pixel; else large JPEG files shrink on load, and other "
        "pictures above 16 megapixels are reduced.",
    )
    on_error: OnError = Field(
        "refuse",
        description="`null`: a photo that cannot be encoded is null in the list, `X-Errors` says "
        "which and why, and the others are answered; else the first refuses the call.",
    )


class EncodeTextParameters(Parameters):
    """What `/encode_text` takes."""

    texts: list[Text] = Field(
        min_length=1, max_length=MAX_TEXTS, description="Texts, encoded as they stand."
    )
    model: Name | None = Field(
        None, description="Name of the model; none: `FRAMED_ENCODER_MODEL`, else the default one."
    )


def encode_image_question(given: Mapping[str, Any]) -> EncodeImageParameters:
    """The parameters of an `/encode_image` request; raises `invalid_parameter`.

    What it does not know it ignores, as the encoder service did.
    """
    return check_known(EncodeImageParameters, given)


def encode_text_question(given: Mapping[str, Any]) -> EncodeTextParameters:
    """The texts of an `/encode_text` request; raises `invalid_parameter`."""
    return check(EncodeTextParameters, given)


def images_body(embeddings: Sequence[Embedding | FramedError]) -> list[Any] | None:
    """A bare list for one photo, a list of lists for many; null where there is a refusal."""
    rows = [None if isinstance(row, FramedError) else row.tolist() for row in embeddings]
    return rows[0] if len(rows) == 1 else rows


def errors_of(embeddings: Sequence[Embedding | FramedError]) -> str | None:
    """Place, from zero, and code of each refusal (`1 truncated, 4 empty`); None without any."""
    refused = (
        f"{place} {each.code}"
        for place, each in enumerate(embeddings)
        if isinstance(each, FramedError)
    )
    return ", ".join(refused) or None


def texts_body(embeddings: npt.NDArray[Any]) -> list[Any]:
    """One list of floats a text."""
    rows: list[Any] = embeddings.tolist()
    return rows
