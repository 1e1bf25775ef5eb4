"""`/classify` answered: one photo, one ranking, and the circumstances."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from framed.answers.classify import Classify
from framed.answers.looking import Looker
from framed.answers.model import ServedModel
from framed.errors import Code, FramedError
from framed.photo import CropMode, Pixels
from framed.questions import ClassifyQuestion, RankQuestion
from framed.results import Adjustment, Classification, Ranking
from framed.turns.turns import Turns
from tests.fakes import FACTS, FakeClip
from tests.photos import GREEN, NO_PHOTO, RED, photo

SMALL = replace(FACTS, sizes=(224,), default_size=224, squares=FACTS.squares[:1])


def classify(
    looker: Looker, clip: FakeClip, question: ClassifyQuestion, colour: tuple[int, int, int] = RED
) -> Classification:
    answers = Classify(clip, ServedModel(clip), looker, Turns(8, 60.0))
    return asyncio.run(answers.answer(photo(colour), question))


@pytest.mark.parametrize(("colour", "label"), [(RED, "red"), (GREEN, "green")])
def test_the_photo_is_what_is_ranked(
    looker: Looker, colour: tuple[int, int, int], label: str
) -> None:
    """The answer follows the pixels, and names model, device and size."""
    found = classify(looker, FakeClip(), ClassifyQuestion(), colour)
    assert found.ranking.results[0].label == label
    assert (found.model, found.device, found.size) == ("framed/fake", "cpu", 336)
    assert (found.photo.format, found.photo.original_size) == ("JPEG", (400, 300))
    assert found.oom_fallback is False


def test_the_runner_gets_the_question_and_the_square(looker: Looker) -> None:
    """At the side asked, with the ranking's part unchanged."""
    clip = FakeClip()
    rank = RankQuestion(top_k=1, temperature=0.5, bank="b")
    classify(looker, clip, ClassifyQuestion(rank, size=224))
    ((size, asked),) = clip.asked
    assert (size, replace(asked, tones=None)) == (224, rank)


@pytest.mark.parametrize("crops", ["none", "grid"])
def test_the_runner_is_told_the_tones_of_the_whole_photo(looker: Looker, crops: CropMode) -> None:
    """A red photo is colourful and has no contrast, whatever part of it is looked at."""
    clip = FakeClip()
    classify(looker, clip, ClassifyQuestion(crops=crops))
    assert len({asked.tones for _, asked in clip.asked}) == 1
    tones = clip.asked[0][1].tones
    assert tones is not None
    assert tones.colourfulness > 60
    assert tones.contrast == pytest.approx(0, abs=0.01)


def test_every_adjustment_is_told(looker: Looker) -> None:
    """Those of the size and those of the ranking, in one list."""

    class Clamping(FakeClip):
        async def rank(
            self, image: Pixels, question: RankQuestion, model: str | None = None
        ) -> Ranking:
            ranking = await super().rank(image, question)
            return replace(ranking, adjusted=(Adjustment("top_k", 99, 2),))

    found = classify(looker, Clamping(SMALL), ClassifyQuestion(size=336))
    assert found.size == 224
    assert found.adjusted == (Adjustment("size", 336, 224), Adjustment("top_k", 99, 2))


def test_a_step_down_is_told(looker: Looker) -> None:
    """The size really used, and that memory was the reason."""
    short = FramedError(Code.OUT_OF_MEMORY, "no memory")
    clip = FakeClip(refusal=lambda image: short if image.shape[0] == 336 else None)
    found = classify(looker, clip, ClassifyQuestion())
    assert (found.size, found.oom_fallback) == (224, True)
    assert [side for side, _ in clip.asked] == [336, 224]
    assert all(asked.tones is not None for _, asked in clip.asked)


def test_an_unknown_model_is_refused_before_anything_is_decoded(looker: Looker) -> None:
    """The name is checked first."""
    clip = FakeClip()
    answers = Classify(clip, ServedModel(clip), looker, Turns(8, 60.0))
    with pytest.raises(FramedError) as refused:
        asyncio.run(answers.answer(NO_PHOTO, ClassifyQuestion(model="other")))
    assert refused.value.code is Code.UNKNOWN_MODEL


def test_a_photo_that_cannot_be_read_costs_the_runner_nothing(looker: Looker) -> None:
    """It is refused before the model is asked."""
    clip = FakeClip()
    answers = Classify(clip, ServedModel(clip), looker, Turns(8, 60.0))
    with pytest.raises(FramedError) as refused:
        asyncio.run(answers.answer(NO_PHOTO, ClassifyQuestion()))
    assert refused.value.code is Code.NOT_AN_IMAGE
    assert clip.asked == []
