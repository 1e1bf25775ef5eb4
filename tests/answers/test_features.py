"""Both runners about one photo: labels are needed, metrics are welcome."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace

import pytest

from framed.answers.features import FeaturesOfPhoto
from framed.answers.looking import Looker
from framed.answers.model import ServedModel
from framed.errors import Code, FramedError
from framed.photo import PhotoBytes, Pixels, PlaneName
from framed.questions import FeaturesQuestion, RankQuestion
from framed.results import NOT_A_PHOTO, Features, Measurements, Ranking
from framed.wires.features import features_body
from tests.fakes import FakeClip, FakeTechnical
from tests.photos import GREEN, photo

BROKEN = FramedError(Code.UNAVAILABLE, "restarting", retry_after=5)


def features(looker: Looker, clip: FakeClip, technical: FakeTechnical) -> Features:
    answers = FeaturesOfPhoto(clip, technical, ServedModel(clip), looker)
    return asyncio.run(ask(answers, photo(GREEN)))


async def ask(answers: FeaturesOfPhoto, given: PhotoBytes, photo_id: str | None = None) -> Features:
    """One photo as a request of its own."""
    return await answers.answer(given, photo_id, await answers.begin(FeaturesQuestion()))


def test_both_answers_stand_together(looker: Looker) -> None:
    """Labels and metrics of the same photo, and how long each stage took."""
    found = features(looker, FakeClip(), FakeTechnical())
    assert found.classification.ranking.results[0].label == "green"
    brightness = found.measurements.values["brightness"]
    assert brightness == pytest.approx((0.299 * 20 + 0.587 * 200 + 0.114 * 40) / 255, abs=0.02)
    assert set(found.stages_ms) == {"decode", "clip", "technical"}
    assert min(found.stages_ms.values()) >= 0


def test_metrics_that_fail_are_a_warning(looker: Looker, caplog: pytest.LogCaptureFixture) -> None:
    """The labels are answered all the same, with the reason beside them."""
    with caplog.at_level(logging.WARNING, "framed.answers"):
        found = features(looker, FakeClip(), FakeTechnical(BROKEN))
    assert found.classification.ranking.results[0].label == "green"
    assert found.measurements == Measurements(
        {"brightness": None}, {}, {"brightness": "unavailable"}
    )
    assert "restarting" in caplog.text


def test_a_drawn_picture_has_no_clip_iqa(looker: Looker) -> None:
    """Whatever the model thinks of it: the pixels decide, the labels stay, the reason is told."""

    class Scored(FakeClip):
        async def rank(
            self, image: Pixels, question: RankQuestion, model: str | None = None
        ) -> Ranking:
            ranked = await super().rank(image, question)
            return replace(ranked, clip_iqa=0.7, clip_iqa_backend="fake")

    class Drawn(FakeTechnical):
        async def measure(self, planes: Mapping[PlaneName, Pixels]) -> Measurements:
            return Measurements({"brisque": None}, {}, {"brisque": NOT_A_PHOTO})

    found = features(looker, Scored(), Drawn())
    body = features_body(found, FeaturesQuestion())
    assert body["tech"]["clip_iqa"] is None
    assert body["warnings"] == {"clip_iqa": NOT_A_PHOTO, "brisque": NOT_A_PHOTO}
    assert body["clip_labels"][0]["label"] == "green"
    photographed = features(looker, Scored(), FakeTechnical())
    assert features_body(photographed, FeaturesQuestion())["tech"]["clip_iqa"] == 0.7


def test_labels_that_fail_refuse_the_photo(looker: Looker) -> None:
    """Without them there is no answer."""
    with pytest.raises(FramedError) as refused:
        features(looker, FakeClip(refusal=lambda image: BROKEN), FakeTechnical())
    assert refused.value is BROKEN


def test_the_runners_work_at_the_same_time(looker: Looker) -> None:
    """Each waits here for the other to have begun, which one after the other never happens."""

    class Pair(FakeClip):
        measuring: asyncio.Event
        ranking: asyncio.Event

        async def rank(
            self, image: Pixels, question: RankQuestion, model: str | None = None
        ) -> Ranking:
            self.ranking.set()
            await asyncio.wait_for(self.measuring.wait(), 10)
            return await super().rank(image, question)

    clip = Pair()

    class Waiting(FakeTechnical):
        async def measure(self, planes: Mapping[PlaneName, Pixels]) -> Measurements:
            clip.measuring.set()
            await asyncio.wait_for(clip.ranking.wait(), 10)
            return await super().measure(planes)

    async def scenario() -> Features:
        clip.measuring, clip.ranking = asyncio.Event(), asyncio.Event()
        answers = FeaturesOfPhoto(clip, Waiting(), ServedModel(clip), looker)
        return await ask(answers, photo())

    assert asyncio.run(scenario()).measurements.warnings == {}


def test_a_step_down_keeps_the_metrics(looker: Looker) -> None:
    """Short memory at the model changes the labels' square and nothing else."""
    short = FramedError(Code.OUT_OF_MEMORY, "no memory")
    clip = FakeClip(refusal=lambda image: short if image.shape[0] == 336 else None)
    found = features(looker, clip, FakeTechnical())
    assert (found.classification.size, found.classification.oom_fallback) == (224, True)
    assert found.measurements == features(looker, FakeClip(), FakeTechnical()).measurements
