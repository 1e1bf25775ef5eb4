"""Photos and texts side by side: their vectors, and how near they are to one another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from framed.answers.encode import Encode, or_raise
from framed.answers.looking import milliseconds_since
from framed.answers.model import ServedModel
from framed.errors import Code, FramedError
from framed.photo import DecodeMode, PhotoBytes
from framed.results import ClipFacts, Embedding

Seen = TypeVar("Seen")
Read = TypeVar("Read")
Vector = npt.NDArray[np.float32] | npt.NDArray[np.float64]


@dataclass(frozen=True)
class Vectors:
    """Unit vectors float32 [D] of photos and of texts, each in its order, of the model `facts`.

    `milliseconds` is the time for all of them, decoding included.
    """

    photos: list[Embedding]
    texts: list[Embedding]
    facts: ClipFacts
    milliseconds: float


@dataclass(frozen=True)
class Likeness:
    """Cosines (-1..1) between one photo and what it was held against, in that order."""

    cosines: list[float]
    facts: ClipFacts
    milliseconds: float


class Compare:
    """Answers `/embed`, `/anomaly-score`, `/similarity`, `/batch-similarity`, `/v1/embeddings`."""

    def __init__(self, encode: Encode, model: ServedModel) -> None:
        self._encode = encode
        self._model = model

    async def vectors(
        self,
        photos: Sequence[PhotoBytes],
        texts: Sequence[str],
        model: str | None,
        decode: DecodeMode = "fast",
    ) -> Vectors:
        """Encode photos and texts at the same time; the first that cannot be refuses the call."""
        facts = await self._model.facts(model)
        start = time.perf_counter()
        seeing = self._encode.images(photos, model, decode)
        seen, read = await _both(seeing, self._read(texts, model))
        return Vectors(seen, read, facts, milliseconds_since(start))

    async def by_place(
        self, photos: Mapping[int, PhotoBytes], texts: Mapping[int, str], model: str | None
    ) -> list[Embedding]:
        """The unit vectors of photos and texts together, in the order of their places.

        The first photo that cannot be encoded refuses the call, which names its place.
        """
        rows = await self.each_by_place(photos, texts, model)
        in_order = (or_raise(rows[place], place, len(rows)) for place in sorted(rows))
        return [*in_order]

    async def each_by_place(
        self, photos: Mapping[int, PhotoBytes], texts: Mapping[int, str], model: str | None
    ) -> dict[int, Embedding | FramedError]:
        """The same by their places, but a photo that cannot be encoded has its refusal there."""
        seeing = self._seen([*photos.values()], model)
        seen, read = await _both(seeing, self._read([*texts.values()], model))
        return dict(zip((*photos, *texts), (*seen, *read), strict=True))

    async def with_texts(
        self, photo: PhotoBytes, texts: Sequence[str], model: str | None, decode: DecodeMode
    ) -> Likeness:
        """How near one photo is to each text; a repeated text is encoded once."""
        found = await self.vectors([photo], texts, model, decode)
        (seen,) = found.photos
        return _likeness(found, [cosine(seen, text) for text in found.texts])

    async def with_baseline(
        self, photo: PhotoBytes, baseline: Sequence[float], model: str | None, decode: DecodeMode
    ) -> Likeness:
        """How near one photo is to `baseline`, finite numbers of which not all are zero.

        Raises `invalid_parameter` where it has not as many numbers as the model's embeddings.
        """
        facts = await self._model.facts(model)
        _check_length(baseline, facts)
        found = await self.vectors([photo], (), model, decode)
        (seen,) = found.photos
        return _likeness(found, [cosine(seen, unit(baseline))])

    async def _seen(
        self, photos: Sequence[PhotoBytes], model: str | None
    ) -> list[Embedding | FramedError]:
        asking = (self._encode.each_image([photo], model) for photo in photos)
        found = await asyncio.gather(*asking, return_exceptions=True)
        for seen in found:
            if isinstance(seen, BaseException):
                raise seen
        return [row for rows in found if not isinstance(rows, BaseException) for row in rows]

    async def _read(self, texts: Sequence[str], model: str | None) -> list[Embedding]:
        return list(await self._encode.texts(texts, model)) if texts else []


async def _both(seeing: Awaitable[Seen], reading: Awaitable[Read]) -> tuple[Seen, Read]:
    """What both give once both have ended; where both fail, the first one's failure."""
    seen, read = await asyncio.gather(seeing, reading, return_exceptions=True)
    if isinstance(seen, BaseException):
        raise seen
    if isinstance(read, BaseException):
        raise read
    return seen, read


def cosine(one: Vector, other: Vector) -> float:
    """The dot product of two unit vectors, held within -1..1 against rounding."""
    dot = float(np.dot(one.astype(np.float64), other.astype(np.float64)))
    return min(max(dot, -1.0), 1.0)


def unit(numbers: Sequence[float]) -> npt.NDArray[np.float64]:
    """`numbers` as a vector of length 1; finite and not all zero, of any size."""
    vector = np.asarray(numbers, np.float64)
    scaled = vector / np.abs(vector).max()  # else the squares of 1e200 would overflow
    length_one: npt.NDArray[np.float64] = scaled / np.linalg.norm(scaled)
    return length_one


def _likeness(found: Vectors, cosines: list[float]) -> Likeness:
    return Likeness(cosines, found.facts, found.milliseconds)


def _check_length(baseline: Sequence[float], facts: ClipFacts) -> None:
    if len(baseline) != facts.embedding_dim:
        raise FramedError(
            Code.INVALID_PARAMETER,
            f"baseline_embedding: it has {len(baseline)} numbers, embeddings of "
            f"{facts.model_id!r} have {facts.embedding_dim}; send one that this model made.",
            details={"expected": facts.embedding_dim, "received": len(baseline)},
        )
