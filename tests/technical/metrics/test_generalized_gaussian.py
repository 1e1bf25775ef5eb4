"""Generalised Gaussians: known distributions are found again, and moments add up."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from runners.technical.metrics.generalized_gaussian import (
    fit_asymmetric,
    fit_symmetric,
    moments,
)

Plane = npt.NDArray[np.float32]
SIZE = (400, 500)


def moments_of(values: Plane) -> npt.NDArray[np.float64]:
    return moments(values, np.empty_like(values))


def drawn(kind: str) -> Plane:
    random = np.random.default_rng(11)
    draw = random.standard_normal if kind == "gaussian" else lambda size: random.laplace(size=size)
    return draw(SIZE).astype(np.float32)


@pytest.mark.parametrize(("kind", "shape", "variance"), [("gaussian", 2, 1), ("laplace", 1, 2)])
def test_known_distributions(kind: str, shape: float, variance: float) -> None:
    """A Gaussian has shape 2, a Laplacian 1, and both are as wide to the left as to the right."""
    sums = moments_of(drawn(kind))
    assert fit_symmetric(sums) == pytest.approx((shape, variance), rel=0.03)
    assert fit_asymmetric(sums) == pytest.approx((shape, 0, variance, variance), rel=0.03, abs=0.01)


def test_sides_are_told_apart() -> None:
    """Positive values three times as wide give nine times the variance and a positive mean."""
    values = drawn("gaussian")
    values[values > 0] *= 3
    fit = fit_asymmetric(moments_of(values))
    assert fit is not None
    _, mean, left, right = fit
    assert mean > 0
    assert right / left == pytest.approx(9, rel=0.03)


def test_moments_are_counts_and_sums() -> None:
    """Zeros count among all values, but on neither side."""
    values = np.array([[-2, 0, 1], [3, -1, 0]], np.float32)
    assert moments_of(values).tolist() == pytest.approx([6, 7, 2, 5, 2, 10])


def test_moments_of_parts_add_up() -> None:
    """Two halves of a picture have the moments of the whole."""
    values = drawn("gaussian")
    parts = moments_of(values[:150]) + moments_of(values[150:])
    np.testing.assert_allclose(parts, moments_of(values), rtol=1e-6)


@pytest.mark.parametrize("values", [[[1, 2]], [[-1, -2]], [[0, 0]], [[0, 1]]])
def test_one_side_alone_has_no_fit(values: list[list[int]]) -> None:
    """Without values on both sides there is nothing to fit."""
    assert fit_asymmetric(moments_of(np.array(values, np.float32))) is None
