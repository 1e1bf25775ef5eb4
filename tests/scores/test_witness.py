"""`framed.scores.witness`: what pixels contradict is taken down, the more so the plainer."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from framed.photo import Tones
from framed.scores.witness import BORNE_OUT, CONTRADICTED, DAYTIME, Witnesses

GREY = Tones(colourfulness=0, polychromy=0, luminance=0.45, contrast=0.2)
SEPIA = replace(GREY, colourfulness=34)
COLOURED = Tones(colourfulness=45, polychromy=30, luminance=0.45, contrast=0.2)
VIVID = replace(COLOURED, colourfulness=110, polychromy=90)
WHITE = Tones(colourfulness=0, polychromy=0, luminance=1, contrast=0)
BLACK = replace(WHITE, luminance=0)
NOON = replace(COLOURED, luminance=0.4, hour=12.0)


def said(label: str, tones: Tones) -> float:
    return Witnesses.of([label]).corrections(tones).get(0, 0.0)


@pytest.mark.parametrize(
    ("label", "tones", "value"),
    [
        ("colorful", GREY, CONTRADICTED),
        ("colorful", COLOURED, 0),
        ("colorful", VIVID, BORNE_OUT),
        ("black and white", GREY, BORNE_OUT),
        ("black and white", SEPIA, CONTRADICTED),
        ("black and white", COLOURED, CONTRADICTED),
        ("black and white", WHITE, 0),
        ("monochrome", SEPIA, BORNE_OUT),
        ("monochrome", VIVID, CONTRADICTED),
        ("night", WHITE, CONTRADICTED),
        ("night", BLACK, 0),
        ("night", replace(BLACK, hour=12.0), 0),
        ("night", replace(WHITE, hour=12.0), CONTRADICTED),
        ("night", replace(NOON, hour=23.5), 0),
        ("night", NOON, 0.75 * DAYTIME),
        ("beach", VIVID, 0),
    ],
)
def test_tones_speak_of_their_labels(label: str, tones: Tones, value: float) -> None:
    """Where they are plain; of nothing else, and not where there is nothing to see."""
    assert said(label, tones) == pytest.approx(value)


@pytest.mark.parametrize(
    ("label", "statistic", "most", "direction"),
    [
        ("colorful", "colourfulness", 150, 1),
        ("black and white", "colourfulness", 150, -1),
        ("monochrome", "polychromy", 150, -1),
        ("night", "luminance", 1, -1),
    ],
)
@pytest.mark.parametrize("tones", [GREY, COLOURED, NOON, WHITE])
def test_corrections_are_monotone_and_bounded(
    label: str, statistic: str, most: float, direction: int, tones: Tones
) -> None:
    """In each statistic, without a jump."""
    values = [said(label, replace(tones, **{statistic: x})) for x in np.linspace(0, most, 400)]
    steps = [direction * (after - before) for before, after in pairwise(values)]
    assert all(0 <= step + 1e-12 < 0.2 for step in steps)
    assert min(values) == CONTRADICTED
    assert max(values) <= BORNE_OUT


@pytest.mark.parametrize("luminance", [0.1, 0.3, 0.5, 0.9])
def test_the_hour_only_takes_down_what_is_not_dark(luminance: float) -> None:
    """By day a photo is never more of a night than without a clock."""
    tones = replace(COLOURED, luminance=luminance)
    by_day = said("night", replace(tones, hour=12.0))
    assert by_day <= said("night", tones) == said("night", replace(tones, hour=3.0))
    assert (by_day == 0) is (luminance < 0.25)


@pytest.mark.parametrize(
    ("labels", "tones"),
    [
        (("colorful", "Colourful", "colourful photo"), GREY),
        (("black and white", "Black-and-White", "B&W", "greyscale", "grayscale image"), COLOURED),
        (("night", "Night-time", "nighttime", "at night", "night photography"), WHITE),
    ],
)
def test_synonyms_are_taken_alike(labels: tuple[str, ...], tones: Tones) -> None:
    """English names of one thing, in any case and spelling."""
    assert {said(label, tones) for label in labels} == {CONTRADICTED}


def test_a_list_is_looked_through_once() -> None:
    """The places of the labels that are spoken of, and nothing for the other thousands."""
    witnesses = Witnesses.of([f"label {n}" for n in range(5000)] + ["night", "knight", "colorful"])
    assert set(witnesses.by_place) == {5000, 5002}
    assert witnesses.corrections(WHITE) == {5000: CONTRADICTED, 5002: CONTRADICTED}
    assert witnesses.corrections(COLOURED) == {5000: pytest.approx(CONTRADICTED / 4)}


def test_nothing_is_said_without_tones() -> None:
    """A vector alone has no pixels."""
    assert Witnesses.of(["night"]).corrections(None) == {}
