"""CLIP-IQA from the anchor pair of the model in use."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from runners.clip.anchors import ANCHORS, backend, clip_iqa

Vector = npt.NDArray[np.float32]


def unit(*values: float) -> Vector:
    vector = np.array(values, np.float32)
    return vector / np.float32(np.linalg.norm(vector))


PHOTO, GOOD, BAD = unit(3, 1, 2), unit(1, 0, 1), unit(1, 1, 0.5)


def test_equal_anchors_say_nothing() -> None:
    """A photo as near to one word as to the other is in the middle."""
    assert clip_iqa(PHOTO, GOOD, GOOD, 100.0) == 0.5


def test_swapping_the_words_turns_the_value_round() -> None:
    """x becomes 1 - x."""
    value = clip_iqa(PHOTO, GOOD, BAD, 20.0)
    assert value + clip_iqa(PHOTO, BAD, GOOD, 20.0) == pytest.approx(1.0, abs=1e-6)
    assert value != pytest.approx(0.5, abs=1e-3)


def test_it_is_the_softmax_of_the_scaled_cosines() -> None:
    """The share of "good" among the two, with the model's own scale and no other temperature."""
    logits = [7.5 * float(PHOTO @ words) for words in (GOOD, BAD)]
    shares = [math.exp(logit) for logit in logits]
    assert clip_iqa(PHOTO, GOOD, BAD, 7.5) == pytest.approx(shares[0] / sum(shares), abs=1e-6)


@pytest.mark.parametrize("scale", [0.0, 1e-3, 100.0, 1e6])
def test_any_scale_gives_a_share(scale: float) -> None:
    """A plain number from 0 to 1, whatever a model's scale is."""
    value = clip_iqa(PHOTO, GOOD, BAD, scale)
    assert type(value) is float
    assert 0.0 <= value <= 1.0


def test_the_words_and_the_name() -> None:
    """The published pair as it stands, and a name that tells the model."""
    assert ANCHORS == ("Good photo.", "Bad photo.")
    assert backend("framed/mini") == "anchor:framed/mini"
