"""match over a real model: the recipe's values, own labels like banks, other checkpoints apart."""

from __future__ import annotations

import json
import logging
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from framed.imaging.prepare import prepare
from framed.photo import DecodeSpec, Pixels, SquareSpec, ViewSpec
from framed.questions import RankQuestion
from framed.results import RankedLabel, Ranking
from framed.scores.calibration import Calibration
from framed.scores.match import SHARE, share_logit
from framed.settings import Settings
from runners.clip import word_finder
from runners.clip.banks.build import label_digests
from runners.clip.banks.calibration_file import calibration_bytes
from runners.clip.banks.source import read_words
from runners.clip.core import ClipCore
from runners.clip.reference.learnt import OTHER_WORDS
from tests.clip.small_models import vit_config, write_model
from tests.clip.test_core import ask
from tests.fakes import chosen

CONFIG = Path(__file__).parents[2] / "config"
TEMPLATES = json.loads((CONFIG / "templates.json").read_text())
WORDS = json.loads((CONFIG / "reference" / "reference.json").read_text())["words"]
A, B = 1.21, -2.46  # slope and offset of the embedded model
T = TypeVar("T")


def config_of(folder: Path) -> Path:
    """The default bank as it ships, and one of 500 labels in the same templates."""
    many = folder / "banks" / "many"
    many.mkdir(parents=True)
    for name in ("labels.json", "templates.json", "models.json"):
        shutil.copy(CONFIG / name, folder)
    labels = ["animal", *(f"{size} {word}" for size in ("blue", "old", "two") for word in WORDS)]
    (many / "labels.json").write_text(json.dumps({"labels": labels[:500]}))
    rare = folder / "banks" / "rare"
    rare.mkdir()
    for bank in (many, rare):
        (bank / "templates.json").write_text(json.dumps(TEMPLATES))
    of_all = {"share": 0.01, "match_threshold": 0.9}
    (rare / "labels.json").write_text(json.dumps({"labels": ["animal", "food"], **of_all}))
    (folder / "models").symlink_to(CONFIG / "models")
    return folder


def settings_of(folder: Path, **changes: Any) -> Settings:
    own = {
        "config_dir": folder / "config",
        "cache_dir": folder / "cache",
        "engine_cache": Path(os.environ["FRAMED_ENGINE_CACHE"]),
        "device": "cpu",
    }
    return chosen(**{**own, **changes})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("match")
    config_of(folder / "config")
    return folder


@pytest.fixture(scope="module")
def core(home: Path) -> ClipCore:
    """The embedded model, its banks, and what their labels are held against."""
    ready = ClipCore(settings_of(home))
    ready.wait()
    return ready


def square(name: str) -> Pixels:
    """A reference photo as the embedded model looks at it."""
    data = (CONFIG / "reference" / "photos" / f"{name}.jpg").read_bytes()
    views = prepare(data, DecodeSpec(exact=True), ViewSpec((SquareSpec(224),))).views
    return views.squares[224]


def rank(core: ClipCore, photo: str, **question: Any) -> Ranking:
    return ask(core.rank(square(photo), RankQuestion(most=1000, **question)))


def found(core: ClipCore, photo: str, *labels: str, **question: Any) -> RankedLabel:
    """The first of own labels."""
    ranking = rank(core, photo, labels=labels, **question)
    assert ranking.every is not None
    return ranking.every[0]


@pytest.mark.parametrize(
    ("photo", "label", "z", "match"),
    [
        ("cat", "animal", 4.11, 0.92),
        ("mountain_snow", "mountain", 5.06, 0.97),
        ("beach_yoga", "beach", 2.15, 0.53),
        ("beach_yoga", "food", -1.26, 0.02),
        ("coffee", "food", 2.64, 0.67),
    ],
)
def test_the_values_of_the_recipe(
    core: ClipCore, photo: str, label: str, z: float, match: float
) -> None:
    """44 photos, 208 words, six templates and a line through them: what others computed by hand."""
    one = found(core, photo, label)
    assert one.z == pytest.approx(z, abs=0.05)
    assert one.match == pytest.approx(match, abs=0.01)
    assert one.match == pytest.approx(1 / (1 + np.exp(-(A * one.z + B))), abs=0.005)


def test_one_label_can_be_asked_alone(core: ClipCore) -> None:
    """Its share is 1 whatever the photo shows; its match tells right from wrong."""
    right, wrong = found(core, "cat", "animal"), found(core, "mountain_snow", "animal")
    assert (right.prob, wrong.prob) == (1.0, 1.0)
    assert right.match is not None
    assert wrong.match is not None
    assert 0 < wrong.match < 0.1 < 0.9 < right.match < 1
    assert rank(core, "mountain_snow", labels=("animal",)).none_match is True
    assert rank(core, "cat", labels=("animal",)).none_match is False


def test_a_match_is_the_same_alone_in_a_list_and_in_a_bank(core: ClipCore) -> None:
    """No other label, no order and no list changes it."""
    alone = found(core, "cat", "animal").match
    pair = rank(core, "cat", labels=("old tree", "animal"), order="z").every
    bank = rank(core, "cat", bank="many", top_k=500)
    assert pair is not None
    of_bank = {each.label: each.match for each in bank.results}
    assert len(of_bank) == 500
    assert pair[1].match == pytest.approx(alone, abs=1e-6)
    assert of_bank["animal"] == pytest.approx(alone, abs=1e-6)


def test_a_larger_share_gives_a_larger_match(core: ClipCore) -> None:
    """Strictly; the usual share changes nothing."""
    values = [found(core, "coffee", "food", share=share).match for share in (0.001, 0.05, 0.3, 0.9)]
    assert values == sorted(set(values))
    assert found(core, "coffee", "food", share=SHARE).match == found(core, "coffee", "food").match
    calibrated = [rank(core, "coffee", share=share).results[0].match for share in (0.05, 0.5)]
    assert calibrated[0] < calibrated[1]


def test_the_default_bank_has_learnt_from_the_reference_photos(core: ClipCore) -> None:
    """It says so, and its matches are no longer those of the bare words."""
    facts = ask(core.bank(None))
    assert (facts.scores.calibrated, facts.scores.photos, facts.scores.reason) == (
        "shipped",
        44,
        None,
    )
    many = ask(core.bank("many")).scores
    assert (many.calibrated, many.prototypes) == ("no", 0)
    assert many.slope == pytest.approx(A, abs=0.01)
    assert many.offset == pytest.approx(B, abs=0.01)
    tags = rank(core, "cat", match_threshold=0.5)
    assert {"animal", "close-up"} <= {each.label for each in tags.results}
    assert all(each.match is not None and each.match >= 0.5 for each in tags.results)


def test_shares_of_a_bank_count_where_nothing_was_learnt(home: Path, core: ClipCore) -> None:
    """A reload applies them at once; the edition tells caches."""
    folder = home / "config" / "banks" / "shared"
    folder.mkdir()
    shutil.copy(home / "config" / "banks" / "many" / "templates.json", folder)
    (folder / "labels.json").write_text('{"labels": ["food", "animal"]}')
    ask(core.reload("shared"))
    before = rank(core, "coffee", bank="shared").results
    edition = ask(core.bank("shared")).edition
    labels = [{"label": "food", "share": 0.6, "threshold": 0.99}, "animal"]
    (folder / "labels.json").write_text(json.dumps({"labels": labels, "match_threshold": 0.001}))
    ask(core.reload("shared"))
    after = rank(core, "coffee", bank="shared").results
    logit = {each.label: np.log(each.match / (1 - each.match)) for each in before if each.match}
    risen = {each.label: np.log(each.match / (1 - each.match)) for each in after if each.match}
    assert risen["food"] - logit["food"] == pytest.approx(share_logit(0.6))
    assert risen["animal"] == pytest.approx(logit["animal"])
    passing = rank(core, "coffee", bank="shared", match_threshold="bank").results
    assert [each.label for each in passing] == ["animal"]
    assert ask(core.bank("shared")).edition != edition


def test_what_a_label_learnt_holds_for_its_prompts(
    home: Path, core: ClipCore, caplog: pytest.LogCaptureFixture
) -> None:
    """With another synonym it is as if it had learnt nothing; the other labels keep their part."""
    folder = home / "config" / "banks" / "taught"
    folder.mkdir()
    (folder / "templates.json").write_text(json.dumps(TEMPLATES))
    labels = folder / "labels.json"
    labels.write_text('{"labels": ["food", "animal"]}')
    key = ask(core.bank("many")).scores.reference
    words = label_digests(read_words("taught", folder))
    learnt = Calibration(key, 9, A, B, {"food": 2.0, "animal": 1.0}, words=words)
    (folder / "calibration.json").write_bytes(calibration_bytes(learnt, "mini"))
    ask(core.reload("taught"))
    assert ask(core.bank("taught")).scores.ignored is None
    before = {each.label: each for each in rank(core, "coffee", bank="taught").results}
    labels.write_text('{"labels": ["food", {"label": "animal", "synonyms": ["beast"]}]}')
    ask(core.reload("taught"))
    told = ask(core.bank("taught")).scores
    assert (told.calibrated, told.ignored) == ("file", f"{OTHER_WORDS}: animal")
    assert sum(f"{OTHER_WORDS}: animal" in text for text in caplog.messages) == 1
    after = {each.label: each for each in rank(core, "coffee", bank="taught").results}
    assert after["food"].match == pytest.approx(before["food"].match)
    bare = ask(core.bank("many")).scores
    for one, slope, offset in (
        (before["animal"], A, B + 1),
        (after["animal"], bare.slope, bare.offset),
    ):
        assert one.match == pytest.approx(1 / (1 + np.exp(-(slope * one.z + offset))))


def test_own_labels_are_asked_as_those_of_the_bank_they_name(core: ClipCore) -> None:
    """Its templates are theirs for the match, and its usual share and threshold as well."""
    of_bank = {each.label: each.match for each in rank(core, "cat", bank="rare").results}
    own = rank(core, "cat", bank="rare", labels=("animal",))
    assert own.results[0].match == pytest.approx(of_bank["animal"], abs=1e-6)
    plain = found(core, "cat", "animal")
    assert plain.z == pytest.approx(own.results[0].z)
    assert own.results[0].match < plain.match
    assert rank(core, "cat", bank="rare", labels=("animal",), match_threshold="bank").results == ()


def test_crops_and_other_ways_have_a_match_too(core: ClipCore) -> None:
    """Looking closer merges what is seen; the whole alone is the whole."""
    image = square("cat")
    one = ask(core.rank_regions(np.stack([image]), RankQuestion(labels=("animal",))))
    assert one.results[0].match == pytest.approx(found(core, "cat", "animal").match, abs=1e-4)
    several = ask(core.rank_regions(np.stack([image, image[::-1]]), RankQuestion()))
    assert several.results[0].match is not None


def test_match_may_be_left_out(core: ClipCore) -> None:
    """Then nothing of it is worked out."""
    ranking = rank(core, "cat", labels=("animal",), match=False)
    assert (ranking.results[0].match, ranking.none_match) == (None, None)
    assert ranking.no_match == "match_not_asked"


def test_another_checkpoint_has_a_set_of_its_own(home: Path) -> None:
    """Neither numbers nor versions of two models mix, whichever was asked first."""
    write_model(home / "other", vit_config(224))
    models = ("mini", f"local-dir:{home / 'other'}")
    two = ClipCore(settings_of(home, model="mini", models=models, engine="torch"))
    two.wait()
    question, image = RankQuestion(labels=("animal",)), square("cat")
    before = ask(two.rank(image, question)).results[0].match
    assert ask(two.rank(image, question, "other")).no_match in ("reference_pending", None)
    two._slots[1].wait().wait_for_banks()
    other = ask(two.rank(image, question, "other")).results[0].match
    assert before == pytest.approx(0.92, abs=0.02)
    assert other is not None
    assert other != pytest.approx(before, abs=0.05)
    assert ask(two.rank(image, question)).results[0].match == before
    versions = {ask(two.bank(None, model)).scores.reference for model in ("mini", "other")}
    assert len(versions) == 2


def test_a_damaged_reference_costs_match_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One line in the log; every question is answered, and says why there is no match."""
    config = config_of(tmp_path / "config")
    shutil.copytree(CONFIG / "reference", config / "reference")
    (config / "reference" / "reference.json").write_text('{"words": []}')
    caplog.set_level(logging.ERROR)
    damaged = ClipCore(settings_of(tmp_path))
    damaged.wait()
    ranking = rank(damaged, "cat", match_threshold=0.3)
    assert len(ranking.results) == 5
    assert {each.match for each in ranking.results} == {None}
    assert (ranking.none_match, ranking.no_match) == (None, "reference_failed")
    assert sum("reference set could not be made" in text for text in caplog.messages) == 1


def test_match_can_be_turned_off(home: Path) -> None:
    """Nothing is looked at then, and the answers say so."""
    without = ClipCore(settings_of(home, match=False))
    without.wait()
    assert rank(without, "cat").no_match == "match_off"


def test_one_list_of_labels_is_worked_out_once(
    core: ClipCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks about many photos asks for the same labels: neither prompts nor rows come again."""
    words = core._slots[0].wait()._words
    first = rank(core, "cat", labels=("a tin", "a can"))
    known = dict(words._known)
    again = rank(core, "coffee", labels=("a tin", "a can"))
    assert list(words._known) == list(known)
    assert all(words._known[asked] is known[asked] for asked in known)
    assert first.results[0].z != again.results[0].z
    monkeypatch.setattr(word_finder, "REMEMBERED", 100)
    for number in range(4):
        rank(core, "cat", labels=tuple(f"thing {number} {each}" for each in range(40)))
    assert sum(len(asked.labels) for asked in words._known) <= 100


def test_templates_that_fail_cost_only_their_own_banks(
    home: Path, core: ClipCore, caplog: pytest.LogCaptureFixture
) -> None:
    """Another set of templates is asked of the engine, which is out of memory; what is there stays
    there, for banks that come later too."""
    scorers = core._slots[0].wait()._scorers
    made = scorers._made
    assert made is not None

    def refuse(prompts: Any) -> Any:
        raise RuntimeError("out of memory")

    scorers._made = replace(made[0], encode=refuse), made[1]
    folder = home / "config" / "banks" / "later"
    folder.mkdir()
    (folder / "labels.json").write_text('{"labels": ["food", "animal"]}')
    for templates, reason in ((["so much {}"], "reference_failed"), (TEMPLATES["templates"], None)):
        (folder / "templates.json").write_text(json.dumps({"templates": templates}))
        ask(core.reload("later"))
        core._slots[0].wait().wait_for_banks()
        assert rank(core, "cat", bank="later").no_match == reason
    scorers._made = made
    assert "no label of the templates of bank later has a match" in caplog.text
