"""Photos and texts to unit vectors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence

import numpy as np
import numpy.typing as npt

from framed.answers.looking import Look, Looker
from framed.answers.model import ServedModel
from framed.answers.ports import ClipPort
from framed.answers.seeing import see
from framed.caller import current_caller
from framed.errors import FramedError
from framed.imaging.prepare import Prepared
from framed.photo import DecodeMode, PhotoBytes, PhotoFacts, Pixels, Tones
from framed.results import ClipFacts, Embedding
from framed.turns.ticket import Lane
from framed.turns.turns import Turns


class Encode:
    """Answers `/encode_image` and `/encode_text`."""

    def __init__(self, clip: ClipPort, model: ServedModel, looker: Looker, turns: Turns) -> None:
        self._clip = clip
        self._model = model
        self._looker = looker
        self._turns = turns

    async def images(
        self, photos: Sequence[PhotoBytes], model: str | None, decode: DecodeMode
    ) -> list[Embedding]:
        """One float32 [D] a photo, in their order.

        The first photo that cannot be encoded refuses the call, which names its place.
        """
        answers = await self.each_image(photos, model, decode)
        return [or_raise(answer, place, len(photos)) for place, answer in enumerate(answers)]

    async def each_image(
        self, photos: Sequence[PhotoBytes], model: str | None, decode: DecodeMode = "fast"
    ) -> list[Embedding | FramedError]:
        """The same, but a photo that cannot be encoded has its refusal in its place."""
        facts = await self._model.facts(model)
        lane: Lane = "single" if len(photos) == 1 else "batch"
        answers = await asyncio.gather(
            *(self._image(photo, facts, decode, lane) for photo in photos), return_exceptions=True
        )
        return [_expected(answer) for answer in answers]

    async def photo(self, photo: PhotoBytes, model: str | None) -> tuple[Embedding, PhotoFacts]:
        """Float32 [D] of one photo, and what the photo is."""
        facts = await self._model.facts(model)
        prepared, embedding = await self._see(photo, facts, "fast", "single")
        return embedding, prepared.facts

    async def texts(self, texts: Sequence[str], model: str | None) -> npt.NDArray[np.float32]:
        """Float32 [N, D], one unit row a text as it stands."""
        facts = await self._model.facts(model)
        return await self._clip.encode_texts(texts, facts.model)

    async def _image(
        self, photo: PhotoBytes, facts: ClipFacts, decode: DecodeMode, lane: Lane
    ) -> Embedding:
        _, embedding = await self._see(photo, facts, decode, lane)
        return embedding

    async def _see(
        self, photo: PhotoBytes, facts: ClipFacts, decode: DecodeMode, lane: Lane
    ) -> tuple[Prepared, Embedding]:
        await current_caller.get().charge(photos=1)
        look = Look(facts.default_size, decode)

        def ask(square: Pixels, _: Tones | None) -> Awaitable[Embedding]:
            return self._clip.encode_image(square, model=facts.model)

        prepared, seen = await see(self._looker, self._turns, lane, photo, facts, look, ask)
        return prepared, seen.answer


def _expected(answer: Embedding | BaseException) -> Embedding | FramedError:
    if isinstance(answer, BaseException) and not isinstance(answer, FramedError):
        raise answer
    return answer


def or_raise(answer: Embedding | FramedError, place: int, count: int) -> Embedding:
    """The answer about the input at `place` (from zero) of `count`; raises a refusal, which then
    names the place."""
    if isinstance(answer, FramedError):
        raise answer.at(place, count)
    return answer
