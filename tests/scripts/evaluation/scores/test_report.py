"""The report of scores, of a model whose vectors are known."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from framed.bank_structure import BankStructure
from scripts.evaluation.listing import LabelledPhoto
from scripts.evaluation.picture import draw
from scripts.evaluation.scores.report import (
    BANK,
    OWN,
    PROB,
    UNHEARD,
    ScoreReport,
    as_json,
    made_of,
    on_scores,
)
from scripts.evaluation.scores.served import Served
from tests.scripts.evaluation.scores.colours import COLOURS, Eye, photo, read, served


def plainly(items: Sequence[Any], what: str) -> Iterable[Any]:
    return items


def report_of(*photos: LabelledPhoto, by: Served | None = None) -> ScoreReport:
    return on_scores(Eye(), photos, read, by or served(), plainly)


def test_a_model_that_sees_ranks_every_pair_right() -> None:
    """prob and match alike put the one true label first, in all photos that are bright."""
    found = report_of(*[photo(colour) for colour in COLOURS if colour != "night"])
    assert found.value("scores", PROB, "micro AP") == 1.0
    assert found.value("scores", OWN, "first right") == 1.0
    assert found.value("first label", "order=prob", "first right") == 1.0


def test_a_model_that_errs_is_told_so() -> None:
    """Called by the next colour's name, no photo has a right first label."""
    names = list(COLOURS)
    shifted = [photo(shown, said) for shown, said in zip(names, names[1:] + names[:1], strict=True)]
    found = report_of(*shifted)
    assert found.value("scores", PROB, "first right") == 0.0
    assert found.value("scores", PROB, "F1 at .5") == 0.0


def test_what_pixels_say_is_told_apart() -> None:
    """Bright photos are no nights for `match`, and are for nothing else."""
    found = report_of(*[photo("night", "red")] * 3)
    heard = found.value("scores", OWN, "ECE")
    unheard = found.value("scores", f"{OWN}, {UNHEARD}", "ECE")
    assert heard is not None
    assert unheard is not None
    assert heard < unheard


def test_a_group_of_subjects_is_an_order_where_there_is_one() -> None:
    """Its first label is one of the group; a bank without it has no such row."""
    found = report_of(photo("red", "red"), photo("blue", "blue"))
    assert found.value("first label", "order=subject", "first right") == 0.5
    plain = report_of(photo("red", "red"), by=served(BankStructure()))
    assert list(plain.tables["first label"]) == ["order=prob", "order=match"]


def test_labels_that_nobody_judged_count_neither_way() -> None:
    """The first of the judged labels is taken for the first."""
    unsure = LabelledPhoto("red", frozenset({"violet"}), unknown=frozenset(COLOURS) - {"violet"})
    found = report_of(unsure)
    assert found.value("first label", "order=match", "first right") == 1.0
    assert sum(found.reliability[BANK].counts) == 1


def test_the_report_is_plain_json() -> None:
    """With what the match is made of, in words."""
    found = report_of(*map(photo, COLOURS))
    again = json.loads(json.dumps(as_json(found)))
    assert again["tables"]["scores"][BANK]["ECE"] == found.value("scores", BANK, "ECE")
    assert set(again["reliability"]) == {BANK, PROB}
    told = made_of(served())
    assert (told["bank"], told["calibration"]) == ("default", "no")


def test_pictures_stand_side_by_side(tmp_path: Path) -> None:
    """One for each score, in one file."""
    found = report_of(*map(photo, COLOURS))
    draw(found.reliability, tmp_path / "both.png", "pairs")
    draw({PROB: found.reliability[PROB]}, tmp_path / "one.png", "pairs")
    with Image.open(tmp_path / "both.png") as both, Image.open(tmp_path / "one.png") as one:
        assert both.size == (2 * one.width, one.height)
