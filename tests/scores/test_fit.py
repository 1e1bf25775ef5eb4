"""Slope and offsets are those of the least penalized log loss, whatever way they are found."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import minimize

from framed.scores.fit import fit_line, fit_offsets
from framed.scores.match import OFFSET, SLOPE
from framed.scores.standing import standing
from tests.scores.examples import Examples, examples


def z_of(made: Examples) -> npt.NDArray[np.float64]:
    return standing(made.photos, made.rows, made.background)


def brute_force(z: Any, truth: Any, judged: Any, *, own: bool) -> npt.NDArray[np.float64]:
    """Slope, offset and the labels' offsets by a general optimiser."""
    signs = np.where(truth, 1.0, -1.0)

    def loss(at: npt.NDArray[np.float64]) -> float:
        logits = at[0] * z + at[1] + (at[2:] if own else 0.0)
        log_loss = np.log1p(np.exp(-signs * logits))[judged].sum()
        prior = ((at[0] - 1.0) / 0.5) ** 2 + (at[1] + 2.3) ** 2 + (at[2:] ** 2).sum()
        return float(log_loss + prior / 2)

    start = np.zeros(2 + (z.shape[1] if own else 0))
    found: npt.NDArray[np.float64] = minimize(loss, start, tol=1e-12).x
    return found


def test_the_line_is_the_least_loss() -> None:
    """A general optimiser comes to the same slope and offset."""
    made = examples(30)
    z = z_of(made)
    found = fit_line(z, made.truth, made.judged)
    assert found == pytest.approx(brute_force(z, made.truth, made.judged, own=False), abs=1e-4)


def test_offsets_are_the_least_loss_together_with_the_line() -> None:
    """Also of the labels' own offsets, one of them without any example."""
    made = examples(30)
    made.truth[:, 2] = False
    z = z_of(made)
    slope, offset, own = fit_offsets(z, made.truth, made.judged)
    brute = brute_force(z, made.truth, made.judged, own=True)
    assert [slope, offset, *own] == pytest.approx(brute, abs=1e-4)
    assert own[2] < 0


def test_what_nobody_judged_changes_nothing() -> None:
    """Neither does a photo without z."""
    made = examples(30)
    z = z_of(made)
    odd = np.where(made.judged, z, 7.0)
    odd_truth = made.truth | ~made.judged
    first, second = (
        fit_offsets(z, made.truth, made.judged),
        fit_offsets(odd, odd_truth, made.judged),
    )
    more = np.vstack([z, np.full((1, z.shape[1]), np.nan)])
    one = np.ones((1, z.shape[1]), bool)
    third = fit_offsets(more, np.vstack([made.truth, one]), np.vstack([made.judged, one]))
    for other in (second, third):
        assert [*other[:2], *other[2]] == pytest.approx([*first[:2], *first[2]], abs=1e-9)


def test_without_any_pair_the_priors_come_back() -> None:
    """1.0 and -2.3, and no offsets."""
    nothing = np.zeros((0, 3))
    none = np.zeros((0, 3), bool)
    assert fit_line(nothing, none, none) == (1.0, -2.3)
    assert fit_offsets(nothing, none, none)[2].tolist() == [0.0, 0.0, 0.0]


def test_extreme_values_of_z_are_survived() -> None:
    """Labels far off, true and false the wrong way round, still end in finite numbers."""
    z = np.array([[1e3, -1e3], [-1e3, 1e3]])
    truth = np.array([[False, True], [True, False]])
    slope, offset, own = fit_offsets(z, truth, np.ones_like(truth))
    assert np.isfinite([slope, offset, *own]).all()
    assert abs(slope) < 0.1


def test_the_same_input_gives_the_same_bits() -> None:
    """However the arrays lie in memory."""
    made = examples(50, labels=40)
    z = z_of(made)
    first = fit_offsets(z, made.truth, made.judged)
    turned = fit_offsets(*(np.asfortranarray(each) for each in (z, made.truth, made.judged)))
    assert first[:2] == turned[:2]
    assert first[2].tobytes() == turned[2].tobytes()


def test_many_labels_take_seconds() -> None:
    """500 photos and 5,000 labels: no matrix of labels by labels."""
    dice = np.random.default_rng(3)
    z = dice.normal(size=(500, 5000))
    truth = dice.random(z.shape) < 0.02 * (1 + (z > 1))
    started = time.perf_counter()
    slope, _, own = fit_offsets(z, truth, np.ones_like(truth))
    assert time.perf_counter() - started < 30
    assert 0 < slope < 1
    assert len(own) == 5000


def test_a_line_that_falls_is_none() -> None:
    """Where what stands out is not true, the usual line holds; a fit with offsets tells it."""
    z = np.array([[3.0, -1.0], [2.5, -2.0], [4.0, -3.0]] * 10)
    judged = np.ones(z.shape, bool)
    assert fit_line(z, z < 0, judged) == (SLOPE, OFFSET)
    assert fit_offsets(z, z < 0, judged)[0] <= 0
