"""What is no photo, drawn to train on; and detectors that leave photos as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from scripts.mini.drawn.altered import ALTERED, patterns
from scripts.mini.drawn.detectors import Detectors
from scripts.mini.drawn.fonts import Fonts
from scripts.mini.drawn.kinds import KINDS, Studio
from scripts.mini.drawn.teaching import embedded
from scripts.mini.drawn.trunk_end import TrunkEnd
from scripts.mini.photos import square_of

REPO = Path(__file__).parents[3]
WEIGHTS = REPO / "config" / "models" / "mini" / "open_clip_model.safetensors"
SAMPLES = sorted((REPO / "docs" / "samples").glob("*.jpg"))


@pytest.fixture(scope="module")
def studio() -> Studio:
    """With the fonts of matplotlib, and the samples as photos."""
    mpl = pytest.importorskip("matplotlib")
    fonts = Fonts([Path(mpl.get_data_path()) / "fonts"], least=2)
    return Studio(fonts, [Image.open(file).convert("RGB") for file in SAMPLES])


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_drawn_ever_differently(studio: Studio, kind: str) -> None:
    """And the same again by the same seed."""
    drawn = [studio.picture(kind, np.random.default_rng(seed)) for seed in (1, 2, 1)]
    assert all(each.mode == "RGB" and min(each.size) >= 32 for each in drawn)
    first, second, again = (each.tobytes() for each in drawn)
    assert first == again != second


def test_too_few_fonts_are_refused(tmp_path: Path) -> None:
    """Rather than all pictures written alike."""
    with pytest.raises(ValueError, match="only 0 usable fonts"):
        Fonts([tmp_path])


def test_photos_are_altered_and_patterns_drawn_as_squares() -> None:
    """Each way changes the photo, and not the one that it was given."""
    plain, dice = square_of(SAMPLES[0].read_bytes()), np.random.default_rng(3)
    before = plain.copy()
    for each in (*(alter(plain, dice) for alter in ALTERED), *patterns(dice, 8)):
        assert each.shape == plain.shape
        assert each.dtype == np.uint8
        assert not np.array_equal(each, before)
    assert np.array_equal(plain, before)


def test_what_was_taught_is_taught_further() -> None:
    """Detectors are read as they were written."""
    weights = {name: it.float() for name, it in load_file(WEIGHTS).items()}
    end, channels = TrunkEnd(weights), torch.tensor([3, 40])
    written, read = (Detectors(end, 1, channels) for _ in range(2))
    written.write_into(weights, 1)
    read.read_from(weights, 1)
    pairs = zip(written.parameters(), read.parameters(), strict=True)
    assert all(torch.allclose(one, other) for one, other in pairs)


def test_a_shut_detector_changes_no_bit() -> None:
    """In training, nor once it stands in the weights; an open one does."""
    weights = {name: it.float() for name, it in load_file(WEIGHTS).items()}
    end = TrunkEnd(weights)
    states = end.before(square_of(file.read_bytes()) for file in SAMPLES)
    channels = [torch.tensor([3, 40]), torch.tensor([7]), torch.tensor([11])]
    found = [Detectors(end, at, each) for at, each in enumerate(channels)]
    with torch.no_grad():
        for each in found:
            each.opens.fill_(-50)
        for at, each in enumerate(found):
            each.write_into(weights, at)
        written = TrunkEnd(weights)
        plain = written.embedding(written.block(2, written.chain(states)[2]))
        assert torch.equal(embedded(written, found, states), plain)
        found[0].opens.fill_(5)
        assert not torch.equal(embedded(written, found, states), plain)
