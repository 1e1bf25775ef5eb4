"""Every score beside the others, of a model whose vectors are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scripts.evaluation.scores.beside import BANK, OFFSETS, beside
from scripts.evaluation.scores.looking import look_at
from scripts.evaluation.scores.rivals import RIVALS
from scripts.evaluation.scores.wrong_lists import TOLD
from scripts.evaluation.truth import truth_of
from tests.scripts.evaluation.scores.colours import COLOURS, Eye, photo, read, served

LOOKED = look_at(Eye(), COLOURS, read)
TRUTH = truth_of([photo(colour) for colour in COLOURS], tuple(COLOURS))


def test_all_stand_in_one_table() -> None:
    """Those that see rank well; six labels are too few for lists of ten."""
    found = beside(LOOKED, served(), TRUTH)
    assert list(found) == [*RIVALS, BANK]
    assert len({tuple(figures) for figures in found.values()}) == 1
    assert all((figures["micro AP"] or 0) > 0.5 for figures in found.values())
    assert {figures[TOLD] for figures in found.values()} == {None}


def test_offsets_have_a_row_where_there_are_any() -> None:
    """It is that of the labels with them alone."""
    asked = served()
    found = beside(LOOKED, replace(asked, by_offsets=asked.own), TRUTH)
    assert found[OFFSETS] == beside(LOOKED, replace(asked, bank=asked.own), TRUTH)[BANK]


def test_pixels_have_no_say() -> None:
    """Neither do they change a figure."""
    unheard = beside(LOOKED.unheard, served(), TRUTH)
    assert beside(LOOKED, served(), TRUTH) == unheard
    assert np.isfinite([each for each in unheard[BANK].values() if each is not None]).all()
