"""Photos and texts side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pytest

from framed.answers.compare import Compare, cosine, unit
from framed.answers.encode import Encode
from framed.answers.looking import Looker
from framed.answers.model import ServedModel
from framed.errors import Code, FramedError
from framed.photo import Pixels
from framed.results import Embedding
from framed.turns.turns import Turns
from tests.fakes import FakeClip, FakeEngine, mean_colour
from tests.photos import GREEN, NO_PHOTO, RED, photo

Found = TypeVar("Found")

RED_VECTOR = mean_colour(np.full((2, 2, 3), RED, np.uint8))


def ask(
    looker: Looker, question: Callable[[Compare], Awaitable[Found]], clip: FakeClip | None = None
) -> Found:
    """The answer to `question` of a `Compare` around `clip`."""
    clip = clip or FakeClip()
    model = ServedModel(clip)
    compare = Compare(Encode(clip, model, looker, Turns(8, 60.0)), model)

    async def asked() -> Found:
        return await question(compare)

    return asyncio.run(asked())


def test_photos_and_texts_keep_their_order(looker: Looker) -> None:
    """Each in its own list, of the model that the facts name."""
    found = ask(looker, lambda c: c.vectors([photo(GREEN), photo(RED)], ["sea", "dog"], None))
    assert [int(row.argmax()) for row in found.photos] == [1, 0]
    np.testing.assert_array_equal(found.texts, FakeEngine().encode_texts(["sea", "dog"]))
    assert found.facts.model_id == "framed/fake"
    assert found.milliseconds > 0


def test_photos_and_texts_by_their_places(looker: Looker) -> None:
    """One list in the order of the places, whatever stands at them."""
    photos, texts = {3: photo(RED), 1: photo(GREEN)}, {0: "sea", 2: "dog"}
    rows = ask(looker, lambda c: c.by_place(photos, texts, None))
    np.testing.assert_array_equal(rows[::2], FakeEngine().encode_texts(["sea", "dog"]))
    assert [int(row.argmax()) for row in rows[1::2]] == [1, 0]


def test_of_several_inputs_the_bad_one_is_named(looker: Looker) -> None:
    """By its place among all of them, the first one first; the only one needs none."""
    photos, texts = {2: photo(), 3: NO_PHOTO, 5: NO_PHOTO}, {0: "sea", 1: "dog", 4: "cat"}
    with pytest.raises(FramedError, match=r"^Input 4 of \d+: The file") as refused:
        ask(looker, lambda c: c.by_place(photos, texts, None))
    assert refused.value.code is Code.NOT_AN_IMAGE
    assert refused.value.details is not None
    assert refused.value.details["index"] == 3
    with pytest.raises(FramedError, match=r"^The file"):
        ask(looker, lambda c: c.by_place({0: NO_PHOTO}, {}, None))


def test_the_good_inputs_may_be_had_beside_a_bad_one(looker: Looker) -> None:
    """Each by its place, vectors and refusals."""
    rows = ask(looker, lambda c: c.each_by_place({1: NO_PHOTO, 2: photo(RED)}, {0: "sea"}, None))
    assert isinstance(rows[1], FramedError)
    np.testing.assert_array_equal(rows[0], FakeEngine().encode_texts(["sea"])[0])
    np.testing.assert_allclose(rows[2], RED_VECTOR, atol=0.01)


def test_a_named_place_keeps_the_seconds_to_wait(looker: Looker) -> None:
    """A refusal of load says when to come back, here too."""
    full = FramedError(Code.OVERLOADED, "full", retry_after=3)
    clip = FakeClip(refusal=lambda image: full)
    with pytest.raises(FramedError, match=r"^Input 2 of \d+: full") as refused:
        ask(looker, lambda c: c.by_place({1: photo()}, {0: "sea"}, None), clip)
    assert refused.value.retry_after == 3


def test_either_may_be_absent(looker: Looker) -> None:
    """No texts are never sent to the model, nor no photos."""
    assert ask(looker, lambda c: c.vectors([], ["sea"], None)).photos == []
    assert ask(looker, lambda c: c.vectors([photo()], (), None)).texts == []


def test_both_are_worked_on_at_the_same_time(looker: Looker) -> None:
    """A photo that waits for a text, and a text that waits for a photo, are both answered."""

    class Meeting(FakeClip):
        async def encode_image(self, image: Pixels, model: str | None = None) -> Embedding:
            await barrier.wait()
            return await super().encode_image(image, model)

        async def encode_texts(
            self, texts: Sequence[str], model: str | None = None
        ) -> npt.NDArray[np.float32]:
            await barrier.wait()
            return await super().encode_texts(texts, model)

    barrier = asyncio.Barrier(2)

    async def question(compare: Compare) -> float:
        async with asyncio.timeout(20):
            found = await compare.with_texts(photo(), ["sea"], None, "fast")
        return found.cosines[0]

    assert -1 <= ask(looker, question, Meeting()) <= 1


def test_similarity_is_the_dot_product_of_the_embeddings(looker: Looker) -> None:
    """To 1e-6, for each text in its place."""
    texts = ["sea", "dog", "sea"]
    found = ask(looker, lambda c: c.with_texts(photo(RED), texts, None, "fast"))
    alone = ask(looker, lambda c: c.vectors([photo(RED)], (), None)).photos[0]
    expected = FakeEngine().encode_texts(texts) @ alone
    np.testing.assert_allclose(found.cosines, expected, atol=1e-6)
    assert found.cosines[0] == found.cosines[2]


@pytest.mark.parametrize("factor", [1.0, 0.3, 1e-300, 1e300])
def test_a_photo_is_as_its_own_embedding(looker: Looker, factor: float) -> None:
    """Whatever the length of the baseline."""
    own = ask(looker, lambda c: c.vectors([photo(RED)], (), None)).photos[0]
    baseline = [float(number) * factor for number in own]
    found = ask(looker, lambda c: c.with_baseline(photo(RED), baseline, None, "fast"))
    assert found.cosines == [pytest.approx(1.0, abs=1e-6)]


def test_the_opposite_of_an_embedding_is_at_the_other_end(looker: Looker) -> None:
    """-1, and never below."""
    opposite = [-float(number) for number in RED_VECTOR]
    found = ask(looker, lambda c: c.with_baseline(photo(RED), opposite, None, "fast"))
    assert found.cosines[0] == pytest.approx(-1.0, abs=1e-3)
    assert found.cosines[0] >= -1.0


@pytest.mark.parametrize("length", [0, 1, 2, 4, 768])
def test_a_baseline_of_another_model_is_refused(looker: Looker, length: int) -> None:
    """Before anything is decoded, with both numbers."""
    with pytest.raises(FramedError, match=rf"has {length} numbers, .* have 3") as refused:
        ask(looker, lambda c: c.with_baseline(NO_PHOTO, [1.0] * length, None, "fast"))
    assert refused.value.code is Code.INVALID_PARAMETER
    assert refused.value.details == {"expected": 3, "received": length}


def test_a_bad_photo_refuses_the_call(looker: Looker) -> None:
    """The photo's reason comes before the texts'."""

    class Full(FakeClip):
        async def encode_texts(
            self, texts: Sequence[str], model: str | None = None
        ) -> npt.NDArray[np.float32]:
            raise FramedError(Code.OVERLOADED, "full", retry_after=3)

    with pytest.raises(FramedError) as refused:
        ask(looker, lambda c: c.with_texts(NO_PHOTO, ["sea"], None, "fast"), Full())
    assert refused.value.code is Code.NOT_AN_IMAGE
    with pytest.raises(FramedError) as refused:
        ask(looker, lambda c: c.with_texts(photo(), ["sea"], None, "fast"), Full())
    assert (refused.value.code, refused.value.retry_after) == (Code.OVERLOADED, 3)


def test_an_unknown_model_is_refused(looker: Looker) -> None:
    """By name, whatever was to be compared."""
    with pytest.raises(FramedError) as refused:
        ask(looker, lambda c: c.vectors([photo()], ["sea"], "other"))
    assert refused.value.code is Code.UNKNOWN_MODEL


def test_rounding_never_leaves_the_range() -> None:
    """Float32 unit vectors are a little longer or shorter than 1."""
    long = (np.full(3, 1 / np.sqrt(3)) * (1 + 1e-6)).astype(np.float32)
    assert cosine(long, long) == 1.0
    assert cosine(long, -long) == -1.0


def test_a_unit_vector_of_any_numbers() -> None:
    """Neither squares that overflow nor such that vanish are in the way."""
    for scale in (5e-324, 1e-200, 1.0, 1e200):
        np.testing.assert_allclose(unit([scale, 0.0, 0.0]), [1.0, 0.0, 0.0])
    np.testing.assert_allclose(unit([3e200, -4e200]), [0.6, -0.8])
