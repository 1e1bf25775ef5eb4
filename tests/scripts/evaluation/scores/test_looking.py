"""Photos are looked at once, some at a time."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.evaluation.scores import looking
from scripts.evaluation.scores.looking import look_at
from tests.scripts.evaluation.scores.colours import Eye, read, served


def test_rows_and_tones_keep_the_photos_order() -> None:
    """Over the end of what is held at a time."""
    names = ["red", "green"] * looking._TOGETHER
    looked = look_at(Eye(), names, read)
    assert looked.rows.shape == (len(names), 3)
    np.testing.assert_array_equal(looked.rows[:2], looked.rows[-2:])
    assert len(looked.tones) == len(names)
    assert set(looked.unheard.tones) == {None}


def test_every_label_has_its_figures_in_every_photo() -> None:
    """As a server works them out."""
    (table,) = look_at(Eye(), ["red"], read).tables(served().bank)
    assert table.labels[int(np.argmax(table.match))] == "red"
    assert table.shares.sum() == pytest.approx(1)


def test_the_temperature_is_that_of_prob() -> None:
    """A high one makes the labels alike."""
    looked = look_at(Eye(), ["red"], read)
    (cold,), (hot,) = (looked.tables(served().bank, warm) for warm in (0.01, 100.0))
    assert cold.shares.max() > 0.9
    assert hot.shares.max() < 0.2
    np.testing.assert_array_equal(cold.match, hot.match)
