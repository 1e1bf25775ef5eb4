"""The whole report, of a model whose vectors are known: the mean colour of what it sees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from framed.photo import Pixels
from scripts.evaluation.figures import Report, as_json, merged, on_labels, on_words
from scripts.evaluation.listing import LabelledPhoto, NamedPhoto
from scripts.evaluation.picture import draw
from scripts.evaluation.tables import as_markdown, as_text

COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}
BANK = (tuple(COLOURS), ("a {} thing",))

Rows = npt.NDArray[np.float32]


class Eye:
    """Names colours: a photo's bytes are its three channels."""

    def square(self, data: bytes) -> Pixels:
        return np.full((4, 4, 3), list(data), np.uint8)

    def see(self, squares: Iterable[Pixels]) -> Rows:
        return self._units([it.reshape(-1, 3).mean(axis=0) for it in squares])

    def label_rows(self, labels: Sequence[str], templates: Sequence[str]) -> Rows:
        return self._units([np.array(COLOURS[label], float) for label in labels])

    def _units(self, rows: list[npt.NDArray[Any]]) -> Rows:
        stacked = np.stack(rows).astype(np.float32)
        units: Rows = stacked / np.maximum(np.linalg.norm(stacked, axis=1, keepdims=True), 1e-6)
        return units


def plainly(items: Sequence[Any], what: str) -> Iterable[Any]:
    return items


def read(name: str) -> bytes:
    return bytes(COLOURS[name])


def photo(shown: str, said: str) -> LabelledPhoto:
    return LabelledPhoto(shown, frozenset({said}), frozenset({said}), said)


def report_of(*photos: LabelledPhoto) -> Report:
    return on_labels(Eye(), photos, read, BANK, plainly)


def test_a_model_that_sees_is_right_everywhere() -> None:
    """First label, groups and lift are full, and confidence equals accuracy."""
    found = report_of(*[photo(colour, colour) for colour in COLOURS])
    assert found.value("first label acceptable") == 1.0
    assert found.value("lift of the first label") == pytest.approx(2 / 3)
    assert found.value("3 groups, macro") == 1.0
    assert found.reliability is not None
    assert found.reliability.expected_error == pytest.approx(0.0, abs=1e-6)


def test_a_model_that_errs_is_told_so() -> None:
    """Where every photo is called another colour, nothing is right and certainty is the error."""
    found = report_of(photo("red", "green"), photo("green", "blue"), photo("blue", "red"))
    assert found.value("first label acceptable") == 0.0
    assert found.value("3 groups, macro") == 0.0
    assert found.value("expected calibration error") == pytest.approx(1.0, abs=1e-6)


def test_attributes_without_a_label_in_the_bank_are_left_out() -> None:
    """This bank knows no grey: nothing is said of it."""
    assert "attributes" not in report_of(photo("red", "red")).parts


def test_words_are_told_among_the_others() -> None:
    """The right noun wins for two of three photos; the figure is the mean over nouns."""
    photos = [NamedPhoto("red", "red"), NamedPhoto("green", "green"), NamedPhoto("red", "blue")]
    found = on_words(Eye(), photos, read, BANK[1], plainly)
    assert found.value("unseen words") == pytest.approx(2 / 3)
    assert found.parts["words"]["blue"] == 0.0


def test_the_report_reads_as_table_and_as_json() -> None:
    """Every figure stands in the text, in the Markdown and in the JSON."""
    found = merged(
        report_of(photo("red", "red"), photo("green", "green")),
        on_words(Eye(), [NamedPhoto("red", "red")], read, BANK[1], plainly),
    )
    figures = as_json(found)["figures"]
    for name in figures:
        assert name in as_text(found)
        assert f"| {name} |" in as_markdown(found)
    assert "unseen words" in figures


def test_the_reliability_picture_is_a_png(tmp_path: Path) -> None:
    """It opens, and it is not one flat colour."""
    found = report_of(photo("red", "red"), photo("green", "blue"))
    assert found.reliability is not None
    draw({"colours": found.reliability}, tmp_path / "reliability.png")
    with Image.open(tmp_path / "reliability.png") as image:
        assert image.format == "PNG"
        assert len(image.convert("RGB").getcolors(maxcolors=100_000) or ()) > 3
