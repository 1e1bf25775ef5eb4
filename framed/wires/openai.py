"""`/v1/embeddings` in OpenAI's shape, with images as infinity has them (`modality`).

Tokens are not counted: `usage` counts words and signs, so that meters have something to show.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from framed.errors import Code, FramedError
from framed.results import ClipFacts, Embedding
from framed.wires.parameters import (
    MAX_IMAGES,
    Name,
    Parameters,
    Text,
    check,
    check_known,
    no_bool,
)
from framed.wires.preprocessing import preprocessing_hash

MAX_INPUTS = 2048  # as OpenAI has it
Encoding = Literal["float", "base64"]
_IMAGE_URI = "data:image/"
_WORDS = re.compile(r"\w+|[^\w\s]")


def _listed(value: Any) -> Any:
    """One input as a list of one; ValueError for token numbers, which are another model's."""
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list):
        raise ValueError("Input should be a text or a list of texts")
    if listed and isinstance(listed[0], (int, float, list)):
        raise ValueError("Token numbers mean nothing to this model; send the texts themselves")
    return listed


class EmbeddingsParameters(Parameters):
    """What `/v1/embeddings` reads of a request; the rest, `user` among it, is passed over."""

    input: Annotated[list[str], BeforeValidator(_listed)] = Field(
        min_length=1,
        max_length=MAX_INPUTS,
        description="A text or a list of them; `data:image/` URIs are photos.",
    )
    model: Name | None = Field(
        None, description="Name of the model; none: `FRAMED_EMBED_MODEL`, else the default one."
    )
    modality: Literal["text", "image"] | None = Field(
        None,
        description="What the inputs are: texts, or photos as data URI, base64 or (where "
        "`FRAMED_URL_INPUT` is on) web address. None: each as it looks.",
    )
    dimensions: Annotated[int | None, BeforeValidator(no_bool)] = Field(
        None,
        ge=1,
        description="How many numbers, the first ones, made unit length again. CLIP models are "
        "not trained for that: use all of them for searching.",
    )
    encoding_format: Encoding = Field(
        "float", description="Numbers, or their little-endian float32 bytes as base64."
    )


class _Texts(Parameters):
    """The inputs that are texts, by their places: photos are longer than a text may be."""

    input: dict[int, Text]


@dataclass(frozen=True)
class EmbeddingsQuestion:
    """The inputs by what they are, each with its place from zero, and what is wanted of them."""

    texts: Mapping[int, str]
    images: Mapping[int, str]
    model: str | None
    dimensions: int | None
    encoding: Encoding


def embeddings_question(given: Mapping[str, Any]) -> EmbeddingsQuestion:
    """The question of a request; raises `invalid_parameter`."""
    asked = check_known(EmbeddingsParameters, given)
    images = {n: each for n, each in enumerate(asked.input) if _is_image(each, asked.modality)}
    texts = {n: each for n, each in enumerate(asked.input) if n not in images}
    check(_Texts, {"input": texts})
    if len(images) > MAX_IMAGES:
        raise FramedError(
            Code.INVALID_PARAMETER,
            f"input: there are {len(images)} photos; send {MAX_IMAGES} at most.",
        )
    return EmbeddingsQuestion(texts, images, asked.model, asked.dimensions, asked.encoding_format)


def embeddings_body(
    rows: Sequence[Embedding], question: EmbeddingsQuestion, facts: ClipFacts
) -> dict[str, Any]:
    """The answer of `rows`, unit vectors in the order of the inputs, and what made them."""
    counted = sum(len(_WORDS.findall(text)) for text in question.texts.values())
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": _written(row, question)}
            for index, row in enumerate(rows)
        ],
        "model": facts.model_id,
        "usage": {"prompt_tokens": counted, "total_tokens": counted},
        "revision": facts.revision,
        "preprocessing": preprocessing_hash(facts),
    }


def check_dimensions(question: EmbeddingsQuestion, facts: ClipFacts) -> None:
    """Raise `invalid_parameter` where more `dimensions` are asked than `facts` has."""
    if question.dimensions is not None and question.dimensions > facts.embedding_dim:
        raise FramedError(
            Code.INVALID_PARAMETER,
            f"dimensions={question.dimensions}: embeddings of {facts.model_id!r} have "
            f"{facts.embedding_dim}.",
        )


def shortened(row: Embedding, dimensions: int | None) -> Embedding:
    """The first `dimensions` numbers of a unit vector, made unit length again; None: all."""
    if dimensions is None or dimensions == len(row):
        return row
    head = row[:dimensions]
    unit: Embedding = head / np.float32(np.linalg.norm(head) or 1.0)
    return unit


def _written(row: Embedding, question: EmbeddingsQuestion) -> Any:
    row = shortened(row, question.dimensions)
    if question.encoding == "float":
        return row.tolist()
    return base64.b64encode(row.astype("<f4").tobytes()).decode()


def _is_image(text: str, modality: str | None) -> bool:
    if modality is not None:
        return modality == "image"
    return text[:64].lstrip().lower().startswith(_IMAGE_URI)
