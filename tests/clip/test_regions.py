"""Regions merged into one answer: plain arithmetic, and the same over real models."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from framed.errors import Code
from framed.questions import RankQuestion
from framed.results import UNSURE, RankedLabel
from runners.clip.core import ClipCore
from runners.clip.ranking import softmax
from runners.clip.regions import MERGE, best_of_each, merged
from tests.clip.small_models import vit_config, write_model
from tests.clip.test_core import ask, refusal, settings_of, square

BOTH = ("mini", "other")
REGIONS = np.stack([square(seed=seed) for seed in (1, 2, 5)])
SCORES = np.array([[0.3, 0.1], [0.2, 0.6], [0.1, 0.5]])


def test_the_mean_of_cosines() -> None:
    """Every region counts alike, the whole among them."""
    np.testing.assert_allclose(merged(SCORES), [0.2, 0.4])


def test_a_whole_without_crops_is_itself() -> None:
    """A photo too small to be cut is answered as without crops, to the bit."""
    assert merged(SCORES[:1]).tolist() == SCORES[0].tolist()


def test_each_region_has_its_own_best() -> None:
    """With its share among all labels at the temperature asked, ties going to the first."""
    first, second, _ = best_of_each(("a", "b"), SCORES, 0.5)
    assert first == RankedLabel("a", float(softmax(SCORES[0], 0.5)[0]), 0.3)
    assert second == RankedLabel("b", float(softmax(SCORES[1], 0.5)[1]), 0.6)
    assert best_of_each(("a", "b"), np.zeros((1, 2)), 1.0)[0].label == "a"


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> ClipCore:
    """The embedded model and a random one."""
    folder = tmp_path_factory.mktemp("regions")
    write_model(folder / "other", vit_config(224))
    models = ("mini", f"local-dir:{folder / 'other'}")
    ready = ClipCore(settings_of(folder, models=models, engine="torch"))
    ready.wait()
    return ready


@pytest.mark.parametrize("model", BOTH)
def test_regions_by_hand_and_by_the_core_alike(core: ClipCore, model: str) -> None:
    """The mean of what each region gives alone, by the model that is named."""
    labels = ("a dog", "the sea", "at night")
    question = RankQuestion(labels=labels, temperature=0.1, top_k=3)
    found = ask(core.rank_regions(REGIONS, question, model))
    alone = [ask(core.rank(each, question, model)) for each in REGIONS]
    scores = np.array([[label.score for label in one.every or ()] for one in alone])
    assert found.every is not None
    np.testing.assert_allclose(
        [label.score for label in found.every], scores.mean(axis=0), atol=1e-6
    )
    shares = softmax(scores.mean(axis=0), 0.1)
    np.testing.assert_allclose([label.prob for label in found.every], shares, atol=1e-5)
    assert found.results[0].label == labels[int(scores.mean(axis=0).argmax())]
    assert [best.label for best in found.by_region] == [one.results[0].label for one in alone]
    assert found.merge == MERGE


def test_embedding_and_quality_are_the_wholes(core: ClipCore) -> None:
    """Near duplicates and `clip_iqa` are about the photo, not about its parts."""
    found = ask(core.rank_regions(REGIONS, RankQuestion()))
    whole = ask(core.rank(REGIONS[0], RankQuestion()))
    np.testing.assert_allclose(found.embedding, whole.embedding, atol=1e-6)
    assert found.clip_iqa == pytest.approx(whole.clip_iqa, abs=1e-5)


def test_one_region_is_the_plain_answer(core: ClipCore) -> None:
    """The same labels and figures as without crops, and where they are from."""
    found = ask(core.rank_regions(REGIONS[:1], RankQuestion()))
    plain = ask(core.rank(REGIONS[0], RankQuestion()))
    assert found.results == plain.results
    (whole,) = found.by_region
    assert whole == replace(plain.results[0], match=None, z=None)


def test_the_threshold_is_held_against_the_merged_answer(core: ClipCore) -> None:
    """Unsure is what is unsure after all were looked at; regions tell their best anyway."""
    sure = ask(core.rank_regions(REGIONS, RankQuestion(temperature=1.0, top_k=1)))
    above = sure.results[0].prob + 1e-6
    question = RankQuestion(temperature=1.0, threshold=above, top_k=99)
    found = ask(core.rank_regions(REGIONS, question))
    assert [label.label for label in found.results] == [UNSURE]
    assert found.results[0].score == pytest.approx(sure.results[0].score, abs=1e-6)
    assert UNSURE not in [best.label for best in found.by_region]
    assert [(each.asked, each.used) for each in found.adjusted] == [(99, 3)]


def test_what_cannot_be_asked_is_refused_as_ever(core: ClipCore) -> None:
    """An unknown bank or model has its own code."""
    assert refusal(core.rank_regions(REGIONS, RankQuestion(bank="no"))).code is Code.UNKNOWN_BANK
    assert refusal(core.rank_regions(REGIONS, RankQuestion(), "no")).code is Code.UNKNOWN_MODEL


def test_regions_of_many_photos_do_not_mix(core: ClipCore) -> None:
    """Sixteen photos at once: each answer is that of its own regions."""
    photos = [np.stack([square(seed=n), square(seed=n + 3)]) for n in range(1, 17)]

    async def at_once() -> list[list[float]]:
        found = await asyncio.gather(*(core.rank_regions(p, RankQuestion()) for p in photos))
        return [[best.score for best in each.by_region] for each in found]

    together = asyncio.run(at_once())
    for photo, scores in zip(photos, together, strict=True):
        alone = ask(core.rank_regions(photo, RankQuestion()))
        np.testing.assert_allclose(scores, [best.score for best in alone.by_region], atol=1e-5)
