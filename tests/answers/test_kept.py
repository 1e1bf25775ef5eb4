"""The feature cache around the answers: found again only while everything is the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from framed.answers.cache import FeatureCache
from framed.answers.features import FeaturesOfPhoto
from framed.answers.kept import KeptFeatures
from framed.answers.looking import Looker
from framed.answers.model import ServedModel
from framed.errors import Code, FramedError
from framed.photo import PhotoBytes, PlaneName
from framed.questions import FeaturesQuestion, RankQuestion
from framed.results import (
    BankFacts,
    ClipFacts,
    Features,
    Measurements,
    Ranking,
    TechnicalFacts,
)
from tests.fakes import BRIGHTNESS, FACTS, FakeClip, FakeTechnical
from tests.photos import GREEN, RED, photo

PLAIN = FeaturesQuestion()


class Counting(FakeTechnical):
    """Counts what it measures; `version` is that of its one metric."""

    version = 1
    measured = 0

    async def measure(self, planes: Any) -> Measurements:
        self.measured += 1
        return await super().measure(planes)

    async def describe(self) -> TechnicalFacts:
        metric = replace(BRIGHTNESS, version=self.version)
        return TechnicalFacts({"brightness": metric}, warmed=True, pid=1)


class Desk:
    """One cache folder and two runners that can change between two questions."""

    def __init__(self, looker: Looker, folder: Path) -> None:
        self.clip, self.technical = FakeClip(), Counting()
        self.limits = {"megapixels": 100}
        self._looker, self._folder = looker, folder

    def ask(
        self,
        given: PhotoBytes | None = None,
        question: FeaturesQuestion = PLAIN,
        photo_id: str | None = "p1",
        fallback: tuple[str, ...] = (),
    ) -> Features:
        answers = FeaturesOfPhoto(
            self.clip,
            self.technical,
            ServedModel(self.clip),
            self._looker,
            kept=KeptFeatures(FeatureCache(self._folder, 10**7), self.limits),
            fallback=fallback,
        )

        async def once() -> Features:
            terms = await answers.begin(question)
            return await answers.answer(given or photo(RED), photo_id, terms)

        return asyncio.run(once())


@pytest.fixture
def desk(looker: Looker, tmp_path: Path) -> Desk:
    return Desk(looker, tmp_path / "features")


def test_the_second_time_nothing_is_done(desk: Desk) -> None:
    """No decode, no model, no metric; the same features."""
    first, second = desk.ask(), desk.ask()
    assert (first.cached, second.cached) == (False, True)
    assert (desk.technical.measured, len(desk.clip.asked)) == (1, 1)
    assert second.measurements.values["brightness"] == first.measurements.values["brightness"]
    assert list(second.stages_ms) == ["cache"]


def test_a_changed_file_under_the_same_name_is_looked_at(desk: Desk) -> None:
    """The content counts, not the name alone."""
    desk.ask(photo(RED))
    assert desk.ask(photo(GREEN)).classification.ranking.results[0].label == "green"  # type: ignore[union-attr]
    assert desk.technical.measured == 2


def test_without_a_name_the_content_is_the_name(desk: Desk) -> None:
    """Uploaded photos are found again too."""
    assert not desk.ask(photo_id=None).cached
    assert desk.ask(photo_id=None).cached
    assert not desk.ask(photo(GREEN), photo_id=None).cached


def bank(checksum: str) -> Callable[[Desk], None]:
    def change(desk: Desk) -> None:
        facts = BankFacts("default", ("red", "green"), ("{}",), checksum)
        desk.clip = FakeClip(replace(FACTS, banks=(facts,)))

    return change


def clip(**fields: Any) -> Callable[[Desk], None]:
    def change(desk: Desk) -> None:
        desk.clip = FakeClip(replace(FACTS, **fields))

    return change


def newer_metric(desk: Desk) -> None:
    desk.technical.version += 1


def stricter(desk: Desk) -> None:
    desk.limits = {"megapixels": 1}


CHANGES = {
    "limits": stricter,
    "bank": bank("other"),
    "model": clip(model_id="framed/other"),
    "weights": clip(revision="r2"),
    "precision": clip(precision="bf16"),
    "engine": clip(engine="other"),
    "metric": newer_metric,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_any_change_is_made_anew(desk: Desk, change: Callable[[Desk], None]) -> None:
    """An answer of other weights, words or metrics is not served."""
    desk.ask()
    change(desk)
    assert not desk.ask().cached


QUESTIONS = {
    "size": FeaturesQuestion(size=224),
    "temperature": FeaturesQuestion(RankQuestion(temperature=0.5)),
    "top_k": FeaturesQuestion(RankQuestion(top_k=1)),
    "threshold": FeaturesQuestion(RankQuestion(threshold=0.9)),
    "decode": FeaturesQuestion(decode="exact"),
    "match_threshold": FeaturesQuestion(RankQuestion(match_threshold=0.1)),
    "the bank's threshold": FeaturesQuestion(RankQuestion(match_threshold="bank")),
    "share": FeaturesQuestion(RankQuestion(share=0.5)),
    "order": FeaturesQuestion(RankQuestion(order="z")),
    "groups of labels": FeaturesQuestion(RankQuestion(top_k_per_group=1)),
    "parents": FeaturesQuestion(RankQuestion(parents=True)),
    "no label left": FeaturesQuestion(RankQuestion(match_threshold=1.0)),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_other_questions_live_side_by_side(desk: Desk, question: FeaturesQuestion) -> None:
    """Asked in turns, each finds its own answer."""
    desk.ask()
    assert not desk.ask(question=question).cached
    assert desk.ask().cached
    assert desk.ask(question=question).cached


def test_what_is_shown_is_no_other_question(desk: Desk) -> None:
    """Shape of the labels, tiles, findings and groups are made from the same entry."""
    desk.ask(question=FeaturesQuestion(groups=True))
    shown = FeaturesQuestion(
        label_shape="names", tiles=True, explain=True, groups=True, detail=True
    )
    assert desk.ask(question=shown).cached


class Failing(Counting):
    """Its one metric fails inside."""

    async def measure(self, planes: Any) -> Measurements:
        return Measurements({"brightness": None}, {}, {"brightness": "internal"})


class Tiny(Counting):
    """Its one metric has nothing to say about the photo."""

    async def measure(self, planes: Any) -> Measurements:
        return Measurements({"brightness": None}, {}, {"brightness": "too_small"})


def test_what_may_pass_is_not_kept(desk: Desk) -> None:
    """A failure is tried again next time; a metric that has its reason is kept with it."""
    desk.technical = Failing()
    desk.ask()
    assert not desk.ask().cached
    desk.technical = Tiny()
    desk.ask()
    assert desk.ask().cached


def test_a_step_down_is_not_kept(desk: Desk) -> None:
    """Short memory passes."""
    short = FramedError(Code.OUT_OF_MEMORY, "no memory")
    desk.clip = FakeClip(refusal=lambda image: short if image.shape[0] == 336 else None)
    desk.ask()
    assert not desk.ask().cached


def test_a_bank_that_was_swapped_meanwhile(desk: Desk) -> None:
    """The entry names the bank that ranked, so the next request makes it anew, once."""
    desk.clip = FakeClip(replace(FACTS, banks=(BankFacts("default", ("red",), ("{}",), "old"),)))
    desk.ask()
    desk.clip = FakeClip()
    assert desk.ask().cached


def test_an_answer_whose_match_is_to_come_is_not_kept(desk: Desk) -> None:
    """The reference will be there soon; where there never is one, the answer lasts."""
    desk.clip = FakeClip(no_match="reference_pending")
    desk.ask()
    desk.clip = FakeClip()
    assert not desk.ask().cached
    assert desk.ask().cached


def test_a_missing_match_that_lasts_is_kept_with_its_reason(desk: Desk) -> None:
    """Where match is off, nothing is worked out twice."""
    desk.clip = FakeClip(no_match="match_off")
    first, second = desk.ask(), desk.ask()
    assert second.cached
    assert second.classification.ranking.no_match == "match_off"  # type: ignore[union-attr]
    assert second.measurements.warnings == first.measurements.warnings


class Newer(FakeClip):
    """Ranks by an edition of the bank that came after the facts were asked for."""

    async def rank(self, *asked: Any, **named: Any) -> Ranking:
        return replace(await super().rank(*asked, **named), edition="e2")


def test_an_edition_that_came_meanwhile(desk: Desk) -> None:
    """The entry names the edition that ranked: what was before does not find it."""
    old, new = (replace(FACTS.banks[0], edition=name) for name in ("", "e2"))
    desk.clip = Newer(replace(FACTS, banks=(old,)))
    desk.ask()
    desk.clip = FakeClip(replace(FACTS, banks=(old,)))
    assert not desk.ask().cached
    assert desk.ask().cached
    desk.clip = Newer(replace(FACTS, banks=(new,)))
    assert not desk.ask().cached
    assert desk.ask().cached


def test_fallback_labels_only_where_allowed(desk: Desk) -> None:
    """A model that fails is an error; with the setting on, the labels say what they are."""
    desk.clip = FakeClip(refusal=lambda image: FramedError(Code.UNAVAILABLE, "restarting"))
    with pytest.raises(FramedError):
        desk.ask()
    found = desk.ask(fallback=("sea", "sky"))
    assert (found.classification, found.fallback) == (None, ("sea", "sky"))
    assert found.measurements.values["brightness"] is not None
    assert found.measurements.warnings == {"clip_iqa": "model_unavailable"}
    assert not desk.ask(fallback=("sea", "sky")).cached


def test_fallback_while_the_model_loads(desk: Desk) -> None:
    """Metrics are measured without any square being cut."""
    desk.clip = FakeClip(ClipFacts(state="loading"))
    found = desk.ask(fallback=("sea",))
    assert (found.fallback, desk.clip.asked) == (("sea",), [])
    assert found.measurements.values["brightness"] is not None


def test_a_callers_mistake_gets_no_fallback(desk: Desk) -> None:
    """An unknown bank stays an error."""
    desk.clip = FakeClip(refusal=lambda image: FramedError(Code.UNKNOWN_BANK, "no"))
    with pytest.raises(FramedError):
        desk.ask(fallback=("sea",))


def test_planes_follow_the_metrics(looker: Looker) -> None:
    """Only the views that the metrics name are made; one on request when it is asked for."""
    seen: list[tuple[str, ...]] = []

    class Looking(FakeTechnical):
        async def measure(self, planes: Any) -> Measurements:
            seen.append(tuple(planes))
            return Measurements({})

        async def describe(self) -> TechnicalFacts:
            full = replace(BRIGHTNESS, view=_FULL, on_request=True)
            return TechnicalFacts({"brightness": BRIGHTNESS, "noise_full": full}, True, 1)

    fake = FakeClip()
    answers = FeaturesOfPhoto(fake, Looking(), ServedModel(fake), looker)

    async def both() -> None:
        for question in (PLAIN, FeaturesQuestion(noise_full=True)):
            await answers.answer(photo(), None, await answers.begin(question))

    asyncio.run(both())
    assert seen == [("grey_preview",), ("grey_preview", "full_crop")]


_FULL: PlaneName = "full_crop"


def test_groups_look_again_at_what_was_kept_without_a_likeness(desk: Desk) -> None:
    """Once; from then on both kinds of question are answered from the cache."""
    assert desk.ask().likeness is None
    grouped = desk.ask(question=FeaturesQuestion(groups=True))
    assert not grouped.cached
    assert grouped.likeness is not None
    assert desk.ask(question=FeaturesQuestion(groups=True)).cached
    assert desk.ask().cached
