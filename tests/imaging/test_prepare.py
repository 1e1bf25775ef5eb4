"""`framed.imaging.prepare`: one call from bytes to views that survives anything."""

from __future__ import annotations

import pickle
import random

import numpy as np
import pytest

from framed.errors import FramedError
from framed.imaging.prepare import Prepared, prepare
from framed.photo import DecodeSpec, SquareSpec, ViewSpec
from tests.imaging.pictures import encoded, exif, scene
from tests.imaging.test_formats import FORMATS

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, on damaged metadata

SPEC = DecodeSpec(min_short_side=48, max_pixels=1_000_000)
VIEWS = ViewSpec((SquareSpec(24),), ("grey_preview",))
MUTATIONS = 60  # of each format


def _mutated(data, dice):
    """The file cut somewhere, or with some bytes changed, half the time in its header."""
    if dice.random() < 0.25:
        return data[: dice.randrange(len(data))]
    broken = bytearray(data)
    reach = len(data) if dice.random() < 0.5 else min(len(data), 300)
    for _ in range(dice.choice([1, 3, 20])):
        broken[dice.randrange(reach)] = dice.randrange(256)
    return bytes(broken)


@pytest.mark.parametrize("format", FORMATS)
def test_damaged_files_end_as_photos_or_refusals(format):
    """Whatever bytes are cut or changed, the outcome is a photo or a `FramedError`."""
    dice = random.Random(format)
    data = encoded(scene(), format, exif=exif(6))
    for _ in range(MUTATIONS):
        try:
            prepared = prepare(_mutated(data, dice), SPEC, VIEWS)
        except FramedError:
            continue
        width, height = prepared.facts.decoded_size
        assert width * height <= SPEC.max_pixels


def test_facts_and_views_of_a_photo():
    """The facts are those of the decode, the views those that were asked for."""
    prepared = prepare(encoded(scene(400, 304), "JPEG", exif=exif(6)), SPEC, VIEWS)
    assert prepared.facts.original_size == (304, 400)
    assert prepared.facts.decoded_size == (76, 100)
    assert prepared.facts.applied == ("shrink:4", "orientation:6")
    assert list(prepared.views.squares) == [24]
    assert prepared.views.planes["grey_preview"].shape == (100, 76)


def test_it_can_move_to_another_process():
    """The function, what goes in, what comes out and what it raises can all be pickled."""
    function, decode, views = pickle.loads(pickle.dumps((prepare, SPEC, VIEWS)))
    prepared = function(encoded(scene(), "PNG"), decode, views)
    again = pickle.loads(pickle.dumps(prepared))
    assert isinstance(again, Prepared)
    assert again.facts == prepared.facts
    assert np.array_equal(again.views.squares[24], prepared.views.squares[24])
    with pytest.raises(FramedError) as refused:
        prepare(b"x", SPEC, VIEWS)
    assert pickle.loads(pickle.dumps(refused.value)).code is refused.value.code


def test_a_bad_photo_harms_no_good_one():
    """After every kind of damage a good photo gives the same views as before."""
    good, dice = encoded(scene(), "PNG"), random.Random(1)
    before = prepare(good, SPEC, VIEWS)
    for format in FORMATS:
        with pytest.raises(FramedError):
            prepare(encoded(scene(), format)[: dice.randrange(40, 200)], SPEC, VIEWS)
    after = prepare(good, SPEC, VIEWS)
    assert np.array_equal(before.views.squares[24], after.views.squares[24])
