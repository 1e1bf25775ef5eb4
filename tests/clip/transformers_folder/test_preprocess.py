"""How photos enter: as the folder says, or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from framed.errors import StartupError
from runners.clip.model_facts import PreprocessFacts
from runners.clip.transformers_folder.preprocess import preprocess_of
from tests.clip.transformers_folder.written import PREPROCESS, SIDE, write_json

EARLY: dict[str, Any] = {  # as the library's first versions wrote it
    "crop_size": SIDE,
    "do_center_crop": True,
    "do_normalize": True,
    "do_resize": True,
    "feature_extractor_type": "CLIPFeatureExtractor",
    "image_mean": [0.48, 0.45, 0.4],
    "image_std": [0.26, 0.25, 0.27],
    "resample": 3,
    "size": SIDE,
}
SQUARE = {"height": SIDE, "width": SIDE}


def facts_of(folder: Path, **changed: Any) -> PreprocessFacts:
    write_json(folder / "preprocessor_config.json", {**PREPROCESS, **changed})
    return preprocess_of(folder, SIDE)


def test_it_is_taken_over(tmp_path: Path) -> None:
    """Mean, deviation, resampling and the way to the square are the file's."""
    facts = facts_of(tmp_path)
    assert (facts.mean, facts.std) == ((0.48, 0.45, 0.4), (0.26, 0.25, 0.27))
    assert (facts.interpolation, facts.resize_mode) == ("bicubic", "shortest_floor")


def test_an_early_file_says_the_same(tmp_path: Path) -> None:
    """Sizes as bare numbers mean the short side, and the crop's both."""
    write_json(tmp_path / "preprocessor_config.json", EARLY)
    assert preprocess_of(tmp_path, SIDE) == facts_of(tmp_path)


def test_the_nested_file_comes_first(tmp_path: Path) -> None:
    """Where processor_config.json holds an image processor it is that one which counts."""
    other = {**PREPROCESS, "image_mean": [0.1, 0.2, 0.3], "pad_size": None, "do_pad": None}
    write_json(tmp_path / "processor_config.json", {"image_processor": other})
    assert facts_of(tmp_path).mean == (0.1, 0.2, 0.3)
    write_json(tmp_path / "processor_config.json", {"processor_class": "CLIPProcessor"})
    assert facts_of(tmp_path).mean == (0.48, 0.45, 0.4)


def test_a_bare_file_means_the_librarys_own(tmp_path: Path) -> None:
    """What it leaves out is as OpenAI's models want it, at 224 pixels."""
    write_json(tmp_path / "preprocessor_config.json", {})
    facts = preprocess_of(tmp_path, 224)
    assert facts.mean == (0.48145466, 0.4578275, 0.40821073)
    assert facts.std == (0.26862954, 0.26130258, 0.27577711)
    with pytest.raises(StartupError, match="64 x 64"):
        preprocess_of(tmp_path, 64)


@pytest.mark.parametrize("crop", [{}, {"do_center_crop": False}], ids=["cropped", "as it is"])
def test_both_sides_may_be_pressed(crop: dict[str, Any], tmp_path: Path) -> None:
    """A size of height and width is no crop, but a squash."""
    assert facts_of(tmp_path, size=SQUARE, **crop).resize_mode == "squash"


def test_bilinear_and_no_normalizing(tmp_path: Path) -> None:
    """The other resampling is known; without normalizing, values stay in 0..1."""
    facts = facts_of(tmp_path, resample=2, do_normalize=False)
    assert (facts.interpolation, facts.mean, facts.std) == ("bilinear", (0, 0, 0), (1, 1, 1))


def test_one_number_stands_for_three(tmp_path: Path) -> None:
    """As the library allows it."""
    assert facts_of(tmp_path, image_mean=0.5).mean == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    "changed",
    [
        {"do_resize": False},
        {"do_rescale": False},
        {"do_center_crop": False},
        {"rescale_factor": 1 / 127.5},
        {"rescale_factor": "a little"},
        {"size": {"shortest_edge": SIDE + 32}},
        {"size": {"longest_edge": SIDE}},
        {"crop_size": SIDE - 1},
        {"resample": 1},
        {"resample": "bicubic"},
        {"image_mean": [0.5, 0.5]},
        {"image_mean": ["red", "green", "blue"]},
        {"image_std": [0.5, 0.0, 0.5]},
        {"image_std": [0.5, float("nan"), 0.5]},
        {"do_pad": True},
        {"image_processor_type": "SiglipImageProcessor"},
        {"feature_extractor_type": "ViTFeatureExtractor"},
    ],
    ids=str,
)
def test_other_ways_are_refused(changed: dict[str, Any], tmp_path: Path) -> None:
    """Each is a start-up error that names the file and the value."""
    (key,) = changed
    with pytest.raises(StartupError, match=rf"preprocessor_config\.json says {key} = "):
        facts_of(tmp_path, **changed)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Without a record nothing is assumed."""
    with pytest.raises(StartupError, match=r"no preprocessor_config\.json"):
        preprocess_of(tmp_path, SIDE)
