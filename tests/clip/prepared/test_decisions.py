"""Engines are judged on few squares at every start: the same verdict on hundreds of real views."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from framed.photo import Pixels
from runners.clip.models import load, locate
from runners.clip.prepared.build import NotPrepared, prepare
from runners.clip.prepared.folder import Rows
from runners.clip.prepared.parity import compare, is_admitted
from tests.fakes import chosen

pytest.importorskip("runners.clip.quiet_openvino", reason="OpenVINO is not for this CPU")

from runners.clip.engines.openvino_choice import open_on_openvino  # after the skip
from runners.clip.engines.openvino_engine import OpenVinoEngine, has_bf16

ROOT = Path(__file__).parents[3]
PHOTOS = sorted((ROOT.parent / "shared" / "data" / "photos").rglob("*.jpg"))
SIDE, AT_ONCE, LEAST_VIEWS = 224, 16, 300

pytestmark = pytest.mark.skipif(
    len(PHOTOS) * 7 < LEAST_VIEWS, reason="the photos beside the repository are not here"
)


def views_of(file: Path) -> Iterator[Image.Image]:
    """Seven ways to look at a photo: whole, cut, mirrored, turned, brighter, darker, grey."""
    with Image.open(file) as opened:
        whole = ImageOps.fit(ImageOps.exif_transpose(opened).convert("RGB"), (320, 320))
    for box in ((0, 0, 320, 320), (10, 30, 290, 310)):
        yield whole.crop(box)
    yield ImageOps.mirror(whole.crop((60, 0, 300, 240)))
    yield whole.rotate(4, Image.Resampling.BICUBIC).crop((20, 20, 300, 300))
    yield ImageEnhance.Brightness(whole).enhance(1.4)
    yield ImageEnhance.Brightness(whole).enhance(0.5)
    yield ImageOps.grayscale(whole).convert("RGB")


@pytest.fixture(scope="module")
def squares() -> Pixels:
    """Uint8 [N, S, S, 3], at least 300 of them."""
    size = (SIDE, SIDE)
    return np.stack([np.asarray(v.resize(size)) for file in PHOTOS for v in views_of(file)])


def in_parts(encode: Callable[[Pixels], Rows], squares: Pixels) -> Rows:
    parts = range(0, len(squares), AT_ONCE)
    return np.concatenate([encode(squares[at : at + AT_ONCE]) for at in parts])


@pytest.fixture(scope="module")
def reference(squares: Pixels) -> Rows:
    """open_clip's own fp32 forward of the embedded model."""
    import torch

    loaded = load(locate("mini", ROOT / "config", ROOT))
    cut = loaded.facts.preprocess
    mean, std = (torch.tensor(each).view(1, 3, 1, 1) for each in (cut.mean, cut.std))

    def encode(batch: Pixels) -> Rows:
        pictures = (torch.from_numpy(batch.copy()).permute(0, 3, 1, 2) / 255 - mean) / std
        with torch.inference_mode():
            rows: Rows = loaded.model.encode_image(pictures, normalize=True).numpy()
        return rows

    return in_parts(encode, squares)


@pytest.fixture(scope="module")
def labels() -> Rows:
    """The embedded model's vectors of the default bank's labels."""
    names = json.loads((ROOT / "config" / "labels.json").read_text())["labels"]
    settings = chosen(precision="fp32", engine_cache=Path(os.environ["FRAMED_ENGINE_CACHE"]))
    served, _ = open_on_openvino(locate("mini", ROOT / "config", ROOT), settings)
    assert served is not None
    return served[1].encode_texts([f"a photo of {name}" for name in names])


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_hundreds_of_views_confirm_the_verdict(
    precision: str, squares: Pixels, reference: Rows, labels: Rows
) -> None:
    """What a start decides on its few squares is what more than 300 views would decide."""
    if precision == "bf16" and not has_bf16():
        pytest.skip("this CPU has no bf16 instructions")
    assert len(squares) >= LEAST_VIEWS
    cache = Path(os.environ["FRAMED_ENGINE_CACHE"])
    prepared = prepare(locate("mini", ROOT / "config", ROOT), cache, int8=False)
    assert not isinstance(prepared, NotPrepared)
    engine = OpenVinoEngine(
        prepared, precision=precision, text_precision="fp32", threads=2, streams=1
    )
    figures = compare(in_parts(engine.encode_images, squares), reference, labels)
    print(f"{len(squares)} views, {precision}: {figures.said()}")
    few = compare(
        in_parts(engine.encode_images, prepared.reference.photos),
        prepared.reference.photo_rows,
        prepared.reference.prompt_rows,
    )
    print(f"{len(prepared.reference.photos)} squares, {precision}: {few.said()}")
    assert is_admitted(figures, precision) == is_admitted(few, precision)
