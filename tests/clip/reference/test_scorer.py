"""From cosines to match by hand: shares, offsets, prototypes, thresholds and pixels, each alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from framed.bank_structure import BankStructure, LabelFacts, LabelGroup
from framed.photo import Tones
from framed.scores.calibration import Calibration
from framed.scores.match import share_logit, sigmoid
from framed.scores.standing import Background, standing
from framed.scores.witness import CONTRADICTED
from runners.clip.reference.build import ReferenceSet
from runners.clip.reference.scorer import Scored, scorer_of

DICE = np.random.default_rng(22)
LABELS = ("dog", "night", "sea")
A, B = 1.2, -2.5


def units(count: int) -> np.ndarray:
    rows = DICE.normal(size=(count, 16))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


ROWS, PHOTOS, WORDS = units(3), units(12), units(40)
BACKGROUND = Background(PHOTOS.astype(np.float64).mean(axis=0), WORDS.astype(np.float64))
REFERENCE = ReferenceSet("v", ("a {}",), BACKGROUND, A, B, PHOTOS, ROWS)
PHOTO = PHOTOS[3]
Z = standing(PHOTO[None], ROWS, BACKGROUND)[0]
BRIGHT = Tones(colourfulness=50, polychromy=50, luminance=0.95, contrast=0.2)


def scored(
    structure: BankStructure | None = None,
    calibration: Calibration | None = None,
    share: float | None = None,
    tones: Tones | None = None,
) -> Scored:
    scorer = scorer_of(LABELS, ROWS, REFERENCE, structure, calibration)
    cosines = ROWS.astype(np.float64) @ PHOTO.astype(np.float64)
    return scorer.score(PHOTO, cosines, share, tones)


def learnt(**changes: Any) -> Calibration:
    given = {"key": "v", "photos": 9, "slope": 0.9, "offset": -3.0, "offsets": {"sea": 0.5}}
    return Calibration(**{**given, **changes})


def test_match_is_a_line_through_z() -> None:
    """At the usual share nothing is added."""
    found = scored()
    np.testing.assert_allclose(found.z, Z, atol=1e-9)
    np.testing.assert_allclose(found.match, sigmoid(A * Z + B), atol=1e-9)


def test_the_narrowest_share_counts() -> None:
    """The request's before a label's before the bank's."""
    structure = BankStructure(facts={"sea": LabelFacts(share=0.5)}, share=0.05)
    added = np.array([share_logit(0.05), share_logit(0.05), share_logit(0.5)])
    np.testing.assert_allclose(scored(structure).match, sigmoid(A * Z + B + added), atol=1e-9)
    asked = scored(structure, share=0.3).match
    np.testing.assert_allclose(asked, sigmoid(A * Z + B + share_logit(0.3)), atol=1e-9)


def test_what_was_learnt_takes_the_place_of_shares() -> None:
    """Its own slope and offsets; labels that it does not know are as if nothing had been learnt. A
    share that the request asks for still counts."""
    structure = BankStructure(facts={"sea": LabelFacts(share=0.5)}, share=0.05)
    logits = np.array([A * Z[0] + B, A * Z[1] + B, 0.9 * Z[2] - 2.5])
    found = scored(structure, learnt()).match
    added = share_logit(0.05) * np.array([1, 1, 0])
    np.testing.assert_allclose(found, sigmoid(logits + added), atol=1e-9)
    asked = scored(structure, learnt(), share=0.3).match
    np.testing.assert_allclose(asked, sigmoid(logits + share_logit(0.3)), atol=1e-9)


def test_prototypes_move_the_z_of_their_label_alone() -> None:
    """As if the label's row were the sum; none of these is told without them."""
    shift = units(1)[0]
    found = scored(calibration=learnt(shifts={"sea": shift}))
    moved = standing(PHOTO[None], (ROWS[2] + shift)[None], BACKGROUND)[0, 0]
    np.testing.assert_allclose(found.z, [Z[0], Z[1], moved], atol=1e-6)
    assert found.none_match == scored().none_match


def test_pixels_have_a_say_where_a_label_speaks_of_them() -> None:
    """A bright photo is no night; z and all other labels stay as they are."""
    plain, told = scored(), scored(tones=BRIGHT)
    np.testing.assert_array_equal(plain.z, told.z)
    np.testing.assert_array_equal(plain.match[[0, 2]], told.match[[0, 2]])
    assert told.match[1] == pytest.approx(float(sigmoid(A * Z[1] + B + CONTRADICTED)))


def test_thresholds_of_labels_of_the_bank_and_of_what_it_learnt() -> None:
    """A label's own, else what the bank's author wrote, else what was learnt, else 0.3."""
    one = {"sea": LabelFacts(threshold=0.8)}
    for structure, calibration, usual in (
        (BankStructure(facts=one), None, 0.3),
        (BankStructure(facts=one), learnt(match_threshold=0.2), 0.2),
        (BankStructure(facts=one, match_threshold=0.6), learnt(match_threshold=0.2), 0.6),
    ):
        scorer = scorer_of(LABELS, ROWS, REFERENCE, structure, calibration)
        assert scorer.thresholds.tolist() == [usual, usual, 0.8]
        assert scorer.facts.match_threshold == usual


def test_a_photo_that_is_the_mean_has_no_match() -> None:
    """Nothing sets it apart: no z, no match, and no word on none of these."""
    scorer = scorer_of(LABELS, ROWS, REFERENCE)
    mean = BACKGROUND.mean
    found = scorer.score(mean, ROWS.astype(np.float64) @ mean, None, None)
    assert np.isnan(found.z).all()
    assert np.isnan(found.match).all()
    assert found.none_match is None


@pytest.mark.parametrize(("added", "none"), [(-1, True), (1, False)])
def test_labels_that_are_apart_are_a_list_of_their_own_when_none_applies(
    added: int, none: bool
) -> None:
    """The others are held to their own number, and one of either list that applies is one."""
    rows = np.concatenate([-PHOTO[None], added * PHOTO[None]])
    apart = BankStructure(groups={"x": LabelGroup(("map",), apart=True)})
    scorer = scorer_of(("dog", "map"), rows, REFERENCE, apart)
    cosines = rows.astype(np.float64) @ PHOTO.astype(np.float64)
    assert scorer.score(PHOTO, cosines, None, None).none_match is none


def test_the_match_of_a_label_that_is_apart_is_its_share_at_most() -> None:
    """However far its words stand out: a photo of a dog is no map, and a map no dog."""
    apart = BankStructure(groups={"x": LabelGroup(("night", "sea"), apart=True)})
    scorer, alone = (scorer_of(LABELS, ROWS, REFERENCE, each) for each in (apart, None))
    for cosines, shares in (
        (np.array([0.3, 0.2, 0.25]), (4.5e-5, 6.7e-3)),
        (np.array([0.2, 0.25, 0.35]), (4.5e-5, 0.99995)),
    ):
        found, plain = (each.score(PHOTO, cosines, None, None) for each in (scorer, alone))
        assert found.match[0] == plain.match[0]
        expected = np.minimum(plain.match[1:], shares)
        np.testing.assert_allclose(found.match[1:], expected, rtol=0.02)
        np.testing.assert_array_equal(found.z, plain.z)


def test_a_photo_is_none_of_the_list_whatever_is_said_of_drawings() -> None:
    """Labels that are apart count where one of them is nearer than all others."""
    rows = np.concatenate([0.2 * PHOTO[None], 0.1 * PHOTO[None]])
    apart = BankStructure(groups={"x": LabelGroup(("map",), apart=True)})
    scorer = scorer_of(("dog", "map"), rows, REFERENCE, apart)
    for cosines in ([-0.2, -0.3], [-0.2, 0.9]):
        none = scorer.score(PHOTO, np.array(cosines), None, None).none_match
        assert none is (cosines[1] < cosines[0])
