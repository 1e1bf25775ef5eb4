"""Confidence: it comes nearer to accuracy, and no ranking moves."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from scripts.evaluation.truth import Truth
from scripts.mini.calibrate import calibrate, common_direction
from scripts.mini.plan import Plan
from scripts.mini.towers import Head

PLAN = Plan(hidden=32, embed_dim=64)
LABELS = 12


def units(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def label_rows() -> np.ndarray:
    """Labels that have something in common, as those of a text tower do."""
    dice = np.random.default_rng(2)
    return units(dice.normal(size=(LABELS, 64)) * 0.5 + dice.normal(size=64))


def scores(head: Head, features: np.ndarray, label_rows: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return np.asarray(head(torch.from_numpy(features)).numpy() @ label_rows.T)


def test_the_direction_has_one_cosine_with_every_label(label_rows: np.ndarray) -> None:
    """So adding it moves all labels alike."""
    products = label_rows @ common_direction(label_rows, label_rows[:0])
    assert products.std() < 0.02 * products.mean()


@pytest.mark.parametrize("accuracy", [0.3, 0.8])
def test_confidence_comes_to_accuracy_and_no_ranking_moves(
    accuracy: float, label_rows: np.ndarray
) -> None:
    """Half of the photos set the amount; on the other half the gap is small."""
    torch.manual_seed(1)
    head = Head(PLAN).eval()
    dice = np.random.default_rng(4)
    features = dice.normal(size=(400, 1280)).astype(np.float32) * 3
    before = scores(head, features, label_rows)
    acceptable = np.zeros((400, LABELS), bool)
    right = dice.random(400) < accuracy
    acceptable[np.arange(400), np.where(right, before.argmax(1), before.argmin(1))] = True
    truth = Truth(tuple(map(str, range(LABELS))), acceptable, acceptable, np.ones_like(acceptable))
    direction = common_direction(label_rows, label_rows[:0])
    found = calibrate(head, features, truth, label_rows, direction, seed=1)
    after = scores(head, features, label_rows)
    assert abs(found.confidence - found.accuracy) < 0.15
    assert (before.argmax(1) == after.argmax(1)).mean() >= 0.97


def test_without_photos_nothing_is_changed(label_rows: np.ndarray) -> None:
    """Then there is no accuracy to come to."""
    head = Head(PLAN)
    before = head.fc2.bias.detach().clone()
    nothing = np.zeros((0, LABELS), bool)
    truth = Truth(tuple(map(str, range(LABELS))), nothing, nothing, nothing)
    features = np.zeros((0, 1280), np.float32)
    calibrate(head, features, truth, label_rows, label_rows[0], seed=1)
    assert torch.equal(before, head.fc2.bias)
