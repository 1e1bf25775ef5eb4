"""`/v1/embeddings` in OpenAI's shape, with photos as infinity, Jina and vLLM have them.

Tokens are not counted: `usage` counts words and signs, so that meters have something to show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field, WithJsonSchema

from framed.errors import Code, FramedError
from framed.questions import Encoding
from framed.results import ClipFacts, Embedding
from framed.wires.errors import error_member
from framed.wires.inputs import Input, input_of, input_of_messages
from framed.wires.long_texts import LongText, beginning, is_long, remark
from framed.wires.on_error import NULL, OnError
from framed.wires.parameters import (
    MAX_IMAGES,
    Name,
    Parameters,
    check,
    check_known,
    missing,
    no_bool,
    refused,
    refused_together,
    renamed,
)
from framed.wires.preprocessing import preprocessing_hash
from framed.wires.vectors import written

MAX_INPUTS = 2048  # as OpenAI has it
_WORDS = re.compile(r"\w+|[^\w\s]")


def _listed(value: Any) -> Any:
    """One input as a list of one; ValueError for token numbers, which are another model's."""
    listed = [value] if isinstance(value, str | Mapping) else value
    if not isinstance(listed, list):
        raise ValueError("Input should be a text or a list of texts")
    if listed and isinstance(listed[0], (int, float, list)):
        raise ValueError("Token numbers mean nothing to this model; send the texts themselves")
    return listed


def _only_one(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


Item = Annotated[Any, WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object"}]})]


class EmbeddingsParameters(Parameters):
    """What `/v1/embeddings` reads of a request; the rest, `user` among it, is passed over."""

    input: Annotated[list[Item] | None, BeforeValidator(_listed)] = Field(
        None,
        min_length=1,
        max_length=MAX_INPUTS,
        description="A text or a list of them; `data:image/` URIs are photos, and so is what an "
        'object names: `{"image": …}` (data URI, base64 or web address), beside `{"text": …}`.',
    )
    messages: list[Item] | None = Field(
        None,
        min_length=1,
        max_length=MAX_INPUTS,
        description="A chat instead of `input`, as vLLM takes it: the one text or `image_url` in "
        "it is what is embedded.",
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
    embedding_type: Annotated[Encoding | None, BeforeValidator(_only_one)] = Field(
        None, description="Jina's name of `encoding_format`."
    )
    on_error: OnError = Field(
        "refuse",
        description="`null`: an input that cannot be embedded has the `embedding` null and an "
        "`error`, and the others are answered; else the first refuses the call.",
    )


class _OneText(Parameters):
    """A text, however long."""

    text: LongText


@dataclass(frozen=True)
class EmbeddingsQuestion:
    """The inputs by what they are, each with its place from zero, and what is wanted of them.

    `faults` are those that are neither, where the others are to be answered (`keeps_good`), `long`
    the places of texts that are longer than a model reads.
    """

    texts: Mapping[int, str]
    images: Mapping[int, str]
    model: str | None
    dimensions: int | None
    encoding: Encoding
    keeps_good: bool = False
    faults: Mapping[int, FramedError] = field(default_factory=dict)
    long: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        """How many inputs there are."""
        return len(self.texts) + len(self.images) + len(self.faults)


def embeddings_question(given: Mapping[str, Any]) -> EmbeddingsQuestion:
    """The question of a request; raises `invalid_parameter`."""
    asked = check_known(EmbeddingsParameters, given)
    read = _read(asked)
    faults = {place: each for place, each in read.items() if isinstance(each, FramedError)}
    keeps_good = asked.on_error == NULL
    if faults and not keeps_good:
        raise refused_together(faults.values())
    good = {place: each for place, each in read.items() if isinstance(each, Input)}
    images = {place: each.content for place, each in good.items() if each.is_image}
    if len(images) > MAX_IMAGES:
        raise FramedError(
            Code.INVALID_PARAMETER,
            f"input: there are {len(images)} photos; send {MAX_IMAGES} at most.",
        )
    texts = {place: each.content for place, each in good.items() if not each.is_image}
    return EmbeddingsQuestion(
        texts={place: beginning(text) for place, text in texts.items()},
        images=images,
        model=asked.model,
        dimensions=asked.dimensions,
        encoding=_encoding(asked),
        keeps_good=keeps_good,
        faults=faults,
        long=tuple(place for place, text in texts.items() if is_long(text)),
    )


def _read(asked: EmbeddingsParameters) -> dict[int, Input | FramedError]:
    """Each input by its place, or why it is none."""
    if asked.messages is None and asked.input is None:
        raise missing("input")
    if asked.messages is not None and asked.input is not None:
        raise refused("messages", "", "give 'input' or 'messages', not both")
    if asked.messages is not None:
        return {0: _checked("messages", partial(input_of_messages, asked.messages))}
    return {
        place: _checked(f"input.{place}", partial(input_of, value, asked.modality))
        for place, value in enumerate(asked.input or ())
    }


def _checked(name: str, read: Callable[[], Input]) -> Input | FramedError:
    try:
        found = read()
        if not found.is_image:
            check(_OneText, {"text": found.content})
        elif not isinstance(found.content, str):
            raise ValueError("Input should be a valid string")
    except ValueError as fault:
        return refused(name, "", str(fault))
    except FramedError as refusal:
        return renamed(refusal, name)
    return found


def _encoding(asked: EmbeddingsParameters) -> Encoding:
    if asked.embedding_type is None:
        return asked.encoding_format
    is_set = "encoding_format" in asked.model_fields_set
    if is_set and asked.encoding_format != asked.embedding_type:
        raise refused("embedding_type", asked.embedding_type, "'encoding_format' says otherwise")
    return asked.embedding_type


def embeddings_body(
    rows: Sequence[Embedding | FramedError], question: EmbeddingsQuestion, facts: ClipFacts
) -> dict[str, Any]:
    """The answer of `rows`, unit vectors or refusals in the order of the inputs, and what made
    them; `remarks` where there is something to say of an input."""
    counted = sum(len(_WORDS.findall(text)) for text in question.texts.values())
    remarks = [{"index": place, "message": remark()} for place in question.long]
    return {
        "object": "list",
        "data": [_datum(index, row, question) for index, row in enumerate(rows)],
        "model": facts.model_id,
        "usage": {"prompt_tokens": counted, "total_tokens": counted},
        "revision": facts.revision,
        "preprocessing": preprocessing_hash(facts),
        **({"remarks": remarks} if remarks else {}),
    }


def _datum(
    index: int, row: Embedding | FramedError, question: EmbeddingsQuestion
) -> dict[str, Any]:
    named = {"object": "embedding", "index": index}
    if isinstance(row, FramedError):
        return {**named, "embedding": None, "error": error_member(row)}
    embedding = written(shortened(row, question.dimensions), question.encoding)
    return {**named, "embedding": embedding}


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
