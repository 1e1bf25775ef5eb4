"""A closer look: regions from one decode to one answer, on both labelling routes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from framed.answers.cache import FeatureCache
from framed.answers.classify import Classify
from framed.answers.features import FeaturesOfPhoto
from framed.answers.kept import KeptFeatures
from framed.answers.looking import OVERSAMPLE, Look, Looker
from framed.answers.model import ServedModel
from framed.errors import Code, FramedError
from framed.imaging.regions import smallest_share
from framed.photo import CropMode, PhotoBytes, Pixels
from framed.questions import ClassifyQuestion, FeaturesQuestion, RankQuestion
from framed.results import Classification, Features
from framed.turns.turns import Turns
from tests.fakes import FACTS, FakeClip, FakeTechnical
from tests.photos import GREEN, RED, photo

SHORT = FramedError(Code.OUT_OF_MEMORY, "no memory")
MODES: list[CropMode] = ["grid", "saliency"]


def spotted(size: tuple[int, int] = (600, 400)) -> PhotoBytes:
    """Red, with a green corner at the lower right."""
    picture, file = Image.new("RGB", size, RED), BytesIO()
    picture.paste(GREEN, (size[0] * 2 // 3, size[1] // 2, *size))
    picture.save(file, "JPEG", quality=95)
    return PhotoBytes(file.getvalue(), "upload", "spot.jpg")


def classify(looker: Looker, clip: FakeClip, question: ClassifyQuestion) -> Classification:
    answers = Classify(clip, ServedModel(clip), looker, Turns(8, 60.0))
    return asyncio.run(answers.answer(spotted(), question))


def features(
    looker: Looker, clip: FakeClip, question: FeaturesQuestion, kept: KeptFeatures | None = None
) -> Features:
    answers = FeaturesOfPhoto(clip, FakeTechnical(), ServedModel(clip), looker, kept=kept)

    async def once() -> Features:
        return await answers.answer(spotted(), None, await answers.begin(question))

    return asyncio.run(once())


def test_without_crops_there_is_one_look(looker: Looker) -> None:
    """Nothing is cut, nothing is told."""
    clip = FakeClip()
    found = classify(looker, clip, ClassifyQuestion())
    assert (found.crops, found.regions, found.ranking.by_region) == ("none", (), ())
    assert len(clip.asked) == 1


def test_every_region_is_told_with_its_best(looker: Looker) -> None:
    """The whole first; the crop at the green corner says green, the others red."""
    found = classify(looker, FakeClip(), ClassifyQuestion(crops="grid"))
    told = dict(zip(found.regions, found.ranking.by_region, strict=True))
    assert {region: best.label for region, best in told.items()} == {
        (0, 0, 600, 400): "red",
        (0, 0, 240, 240): "red",
        (360, 0, 240, 240): "red",
        (0, 160, 240, 240): "red",
        (360, 160, 240, 240): "green",
        (180, 80, 240, 240): "red",
    }
    assert found.crops == "grid"


def test_what_stands_out_is_looked_at(looker: Looker) -> None:
    """The first crop of the photo is about its green corner."""
    found = classify(looker, FakeClip(), ClassifyQuestion(crops="saliency"))
    x, y, width, height = found.regions[1]
    assert x + width > 450
    assert y + height > 250
    assert 2 <= len(found.regions) <= 5


@pytest.mark.parametrize("crops", MODES)
def test_both_routes_look_alike(looker: Looker, crops: CropMode) -> None:
    """`/features` gives the regions and labels that `/classify` gives, and its metrics."""
    one = classify(looker, FakeClip(), ClassifyQuestion(crops=crops, decode="exact"))
    item = features(looker, FakeClip(), FeaturesQuestion(crops=crops, decode="exact"))
    assert item.classification is not None
    assert item.classification.regions == one.regions
    assert item.classification.ranking.by_region == one.ranking.by_region
    assert item.measurements.values["brightness"] is not None


@pytest.mark.parametrize("crops", MODES)
def test_crops_keep_pixels_enough(looker: Looker, crops: CropMode) -> None:
    """Shrink on load leaves the smallest crop as many pixels as the whole has otherwise."""
    given = photo(size=(2000, 1400))
    plain = asyncio.run(looker.prepare(given, FACTS, Look(224))).facts
    closer = asyncio.run(looker.prepare(given, FACTS, Look(224, crops=crops))).facts
    assert min(plain.decoded_size) >= OVERSAMPLE * 224
    assert min(closer.decoded_size) >= min(OVERSAMPLE * 224 / smallest_share(crops), 1400)
    assert plain.decoded_size < closer.decoded_size


@pytest.mark.parametrize("crops", MODES)
def test_short_memory_steps_all_regions_down(looker: Looker, crops: CropMode) -> None:
    """At 224 all regions are looked at again, and the answer's boxes are theirs."""
    clip = FakeClip(refusal=lambda image: SHORT if image.shape[0] == 336 else None)
    found = classify(looker, clip, ClassifyQuestion(crops=crops))
    assert (found.size, found.oom_fallback) == (224, True)
    assert len(found.regions) == len(found.ranking.by_region) > 1
    assert [side for side, _ in clip.asked] == [336] + [224] * len(found.regions)


def test_what_a_region_refuses_is_refused(looker: Looker) -> None:
    """Half an answer is none."""

    def green(image: Pixels) -> FramedError | None:
        return FramedError(Code.INTERNAL, "no") if image[..., 1].mean() > 100 else None

    with pytest.raises(FramedError) as refused:
        classify(looker, FakeClip(refusal=green), ClassifyQuestion(crops="grid"))
    assert refused.value.code is Code.INTERNAL


def test_the_question_reaches_the_runner(looker: Looker) -> None:
    """Own labels, threshold and the rest are asked of the regions as of the whole."""
    clip, rank = FakeClip(), RankQuestion(top_k=1, threshold=0.5, labels=("a", "b"))
    classify(looker, clip, ClassifyQuestion(rank, size=224, crops="grid"))
    assert {(side, replace(asked, tones=None)) for side, asked in clip.asked} == {(224, rank)}


def test_each_kind_of_look_is_kept_apart(looker: Looker, tmp_path: Path) -> None:
    """Found again with its regions, and never in the place of another kind."""
    kept = KeptFeatures(FeatureCache(tmp_path, 10**7), {})
    questions = [FeaturesQuestion(crops=crops) for crops in ("none", *MODES)]
    first = [features(looker, FakeClip(), each, kept) for each in questions]
    again = [features(looker, FakeClip(), each, kept) for each in questions]
    assert [each.cached for each in first + again] == [False] * 3 + [True] * 3
    for before, after in zip(first, again, strict=True):
        assert before.classification is not None
        assert after.classification is not None
        assert after.classification.crops == before.classification.crops
        assert after.classification.regions == before.classification.regions
        assert after.classification.ranking.by_region == before.classification.ranking.by_region
        assert after.classification.ranking.merge == before.classification.ranking.merge


def test_without_a_model_there_are_no_regions(looker: Looker) -> None:
    """Fallback labels are about nothing in particular."""
    clip = FakeClip(replace(FACTS, state="loading", model=""))
    answers = FeaturesOfPhoto(
        clip, FakeTechnical(), ServedModel(clip), looker, fallback=("something",)
    )

    async def once() -> Features:
        return await answers.answer(
            spotted(), None, await answers.begin(FeaturesQuestion(crops="grid"))
        )

    found = asyncio.run(once())
    assert (found.classification, found.fallback) == (None, ("something",))
