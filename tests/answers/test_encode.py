"""Photos and texts to vectors, in their order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from framed.answers.encode import Encode
from framed.answers.looking import Looker
from framed.answers.model import ServedModel
from framed.errors import Code, FramedError
from framed.photo import PhotoBytes
from framed.results import Embedding
from framed.turns.turns import Turns
from tests.fakes import FakeClip, FakeEngine, mean_colour
from tests.photos import GREEN, NO_PHOTO, RED, photo


def encode(
    looker: Looker, photos: Sequence[PhotoBytes], clip: FakeClip | None = None
) -> list[Embedding]:
    clip = clip or FakeClip()
    return asyncio.run(
        Encode(clip, ServedModel(clip), looker, Turns(8, 60.0)).images(photos, None, "fast")
    )


def test_each_photo_has_its_vector_in_its_place(looker: Looker) -> None:
    """Whatever the order in which they finish."""
    large = photo(GREEN, (1400, 1400))
    first, second, third = encode(looker, [large, photo(RED), photo(GREEN)])
    assert [int(row.argmax()) for row in (first, second, third)] == [1, 0, 1]
    red = mean_colour(np.full((2, 2, 3), RED, np.uint8))
    np.testing.assert_allclose(second, red, atol=0.01)


def test_the_good_ones_may_be_had_beside_a_bad_one(looker: Looker) -> None:
    """Its refusal stands in its place; it costs nobody else anything."""
    clip = FakeClip()
    answers = Encode(clip, ServedModel(clip), looker, Turns(8, 60.0))
    red, bad, green = asyncio.run(answers.each_image([photo(RED), NO_PHOTO, photo(GREEN)], None))
    assert isinstance(bad, FramedError)
    assert [int(row.argmax()) for row in (red, green) if isinstance(row, np.ndarray)] == [0, 1]


def test_one_photo_and_what_it_is(looker: Looker) -> None:
    """Its vector and its size."""
    clip = FakeClip()
    answers = Encode(clip, ServedModel(clip), looker, Turns(8, 60.0))
    row, facts = asyncio.run(answers.photo(photo(GREEN, (300, 200)), None))
    assert (int(row.argmax()), facts.original_size) == (1, (300, 200))


def test_one_bad_photo_alone_is_refused_as_it_is(looker: Looker) -> None:
    """Its own message, without a place."""
    with pytest.raises(FramedError) as refused:
        encode(looker, [NO_PHOTO])
    assert refused.value.code is Code.NOT_AN_IMAGE
    assert "of 1" not in refused.value.message


def test_of_many_the_first_bad_one_is_named(looker: Looker) -> None:
    """Its place counts from one in words and from zero in data; its code and details are kept."""
    huge = photo(size=(2000, 1501))
    with pytest.raises(FramedError, match=r"^Input 2 of 4: ") as refused:
        encode(looker, [photo(), NO_PHOTO, photo(), huge])
    assert refused.value.code is Code.NOT_AN_IMAGE
    assert refused.value.details is not None
    assert refused.value.details["index"] == 1


def test_the_seconds_to_wait_survive(looker: Looker) -> None:
    """A refusal of load says when to come back, for many photos as for one."""
    full = FramedError(Code.OVERLOADED, "full", retry_after=3)
    for count in (1, 2):
        with pytest.raises(FramedError) as refused:
            encode(looker, [photo()] * count, FakeClip(refusal=lambda image: full))
        assert (refused.value.code, refused.value.retry_after) == (Code.OVERLOADED, 3)


def test_short_memory_steps_down_here_too(looker: Looker) -> None:
    """The vector is then that of the smaller square."""
    short = FramedError(Code.OUT_OF_MEMORY, "no memory")
    sides: list[int] = []

    def refuse(image: np.ndarray) -> FramedError | None:
        sides.append(image.shape[0])
        return short if image.shape[0] == 336 else None

    (vector,) = encode(looker, [photo(RED)], FakeClip(refusal=refuse))
    assert (int(vector.argmax()), sides) == (0, [336, 224])


def test_texts_keep_their_order() -> None:
    """A row a text, repeated ones too."""
    clip = FakeClip()
    answers = Encode(clip, ServedModel(clip), Looker.__new__(Looker), Turns(8, 60.0))
    rows = asyncio.run(answers.texts(["sea", "dog", "sea"], "alias"))
    np.testing.assert_array_equal(rows, FakeEngine().encode_texts(["sea", "dog", "sea"]))
    with pytest.raises(FramedError) as refused:
        asyncio.run(answers.texts(["sea"], "other"))
    assert refused.value.code is Code.UNKNOWN_MODEL
