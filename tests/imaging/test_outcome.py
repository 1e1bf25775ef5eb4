"""`framed.imaging.outcome`: read as it was written, and nothing else is believed."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from io import BytesIO

import numpy as np
import pytest

from framed.errors import Code, FramedError
from framed.imaging.outcome import read_outcome, write_outcome
from framed.imaging.prepare import prepare
from framed.photo import DecodeSpec, SquareSpec, Tones, ViewSpec
from tests.imaging.pictures import encoded, scene

VIEWS = ViewSpec((SquareSpec(24),), ("grey_preview", "rgb"), "saliency")
PREPARED = prepare(encoded(scene(200, 150), "PNG"), DecodeSpec(), VIEWS)
TONES = asdict(Tones(45.5, 30.25, 0.5, 0.2))


def _written(outcome):
    file = BytesIO()
    write_outcome(file, outcome)
    return file.getvalue()


def test_a_photo_comes_back():
    """Facts, views, regions and tones, with their types."""
    found = read_outcome(BytesIO(_written(PREPARED)))
    assert found.views.tones == PREPARED.views.tones
    assert found.facts == PREPARED.facts
    assert found.views.regions == PREPARED.views.regions
    assert list(found.views.planes) == ["grey_preview", "rgb"]
    assert np.array_equal(found.views.squares[24], PREPARED.views.squares[24])


@pytest.mark.parametrize("tones", [None, Tones(45.5, 30.25, 0.5, 0.2, 12.5)])
def test_tones_come_back_as_they_are(tones):
    """There may be none, and they may know the hour."""
    views = replace(PREPARED.views, tones=tones)
    found = read_outcome(BytesIO(_written(replace(PREPARED, views=views))))
    assert found.views.tones == tones


def test_a_refusal_comes_back():
    """With everything that it says."""
    refusal = FramedError(Code.CORRUPT, "Damaged.", details={"a": 1}, retry_after=3)
    assert read_outcome(BytesIO(_written(refusal))).as_value() == refusal.as_value()


def test_one_follows_another():
    """Nothing of one outcome is left in the pipe for the next."""
    file = BytesIO(_written(PREPARED) * 2)
    assert read_outcome(file).facts == read_outcome(file).facts


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.99])
def test_what_breaks_off_is_told(share):
    """A child that dies while it answers has not answered."""
    whole = _written(PREPARED)
    with pytest.raises(EOFError):
        read_outcome(BytesIO(whole[: int(len(whole) * share)]))


def _changed(**changes):
    line, _, pixels = _written(PREPARED).partition(b"\n")
    return json.dumps({**json.loads(line), **changes}).encode() + b"\n" + pixels


@pytest.mark.parametrize(
    "bytes_",
    [
        b"\x80\x05cposix\nsystem\n.\n",
        b"[]\n",
        b"{}\n",
        b'{"error": {"code": "root", "message": ""}}\n',
        _changed(squares=[[24, [100_000, 100_000, 3]]]),
        _changed(squares=[[24, [-1, 24, 3]]]),
        _changed(planes=7),
        _changed(facts={"format": "JPEG"}),
        _changed(regions=[[1, 2]]),
        _changed(tones=0),
        _changed(tones={"colourfulness": 1.0}),
        _changed(tones={**TONES, "luminance": float("nan")}),
        _changed(tones={**TONES, "contrast": None}),
        _changed(tones={**TONES, "secret": 1.0}),
    ],
)
def test_what_is_no_outcome_is_not_believed(bytes_):
    """A child that was taken over by a file can say nothing that does anything."""
    with pytest.raises(ValueError, match=r"outcome|shape|pixels|line|char|codec|Code|unpack"):
        read_outcome(BytesIO(bytes_))


def test_a_likeness_comes_back():
    """With its thumbnail and what the file told."""
    prepared = prepare(encoded(scene(200, 150), "JPEG"), DecodeSpec(), ViewSpec(likeness=True))
    found, sent = read_outcome(BytesIO(_written(prepared))).views.likeness, prepared.views.likeness
    assert np.array_equal(found.thumbnail, sent.thumbnail)
    assert replace(found, thumbnail=None) == replace(sent, thumbnail=None)
    assert found.file.quantisation > 1
