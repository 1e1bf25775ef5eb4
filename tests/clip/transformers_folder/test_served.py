"""A transformers folder gives the library's own numbers, through every engine of a CPU."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image

pytest.importorskip("transformers", reason="the library that these folders come from")

from framed.errors import StartupError
from framed.imaging.decode import decode
from framed.imaging.views import make_views
from framed.photo import DecodeSpec, ViewSpec
from runners.clip.around_engine import square_of
from runners.clip.engines.torch_engine import TorchEngine
from runners.clip.loading import LoadedModel
from runners.clip.models import load, locate
from tests.clip.transformers_folder.made import make_folder, rows_of
from tests.clip.transformers_folder.written import SIDE

REPO = Path(__file__).parents[3]
SAMPLES = sorted((REPO / "docs" / "samples").glob("*.jpg"))
TEXTS = ["a photo of a cat", "A Dog, running!", "", "3.14 it's 2nd", "café 猫 🐈", "word " * 100]
Rows = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Made:
    """A folder, and the library's model that was saved there."""

    folder: Path
    model: Any

    def load(self) -> LoadedModel:
        return load(locate(str(self.folder), REPO / "config", Path("none")))

    @torch.no_grad()
    def photos(self, squares: npt.NDArray[np.uint8]) -> Rows:
        """The library's own rows, of squares that are cut already."""
        processor = self.processor().image_processor
        pixels = processor([Image.fromarray(square) for square in squares], return_tensors="pt")
        rows: Rows = rows_of(self.model.get_image_features(**pixels))
        return rows

    @torch.no_grad()
    def texts(self) -> Rows:
        tokenizer = self.processor().tokenizer
        ids = tokenizer(TEXTS, padding=True, truncation=True, max_length=77, return_tensors="pt")
        rows: Rows = rows_of(self.model.get_text_features(**ids))
        return rows

    def processor(self) -> Any:
        from transformers import CLIPProcessor

        return CLIPProcessor.from_pretrained(self.folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("saved") / "clip-small"
    return Made(folder, make_folder(folder))


@pytest.fixture
def copied(made: Made, tmp_path: Path) -> Path:
    """A folder of one's own, to spoil."""
    return shutil.copytree(made.folder, tmp_path / "clip-small")


def squares(count: int = 5) -> npt.NDArray[np.uint8]:
    """Noise at the model's own size, ever smoother."""
    dice = np.random.default_rng(9)
    noise = dice.integers(0, 256, (count, SIDE, SIDE, 3)).astype(np.float64)
    slope = np.linspace(0, 255, SIDE)[None, :, None, None]
    shares = np.linspace(0, 1, count)[:, None, None, None]
    return (noise * shares + slope * (1 - shares)).astype(np.uint8)


def rewrite(folder: Path, change: Any) -> None:
    """The folder's weights, after `change` was made to their dict."""
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


FORMS = {
    "quick_gelu": {},
    "gelu": {"act": "gelu"},
    "fp16": {"dtype": "fp16"},
    "bf16": {"dtype": "bf16"},
    "in parts": {"shard": "1MB"},
    "fp16 in parts": {"dtype": "fp16", "shard": "1MB"},
}


@pytest.mark.parametrize("form", FORMS)
def test_the_numbers_are_the_librarys(form: str, tmp_path: Path) -> None:
    """Unit rows of photos and texts are those of transformers' own forward, to 1e-5, whatever
    the activation, the number format and the count of files."""
    made = Made(tmp_path / "clip", make_folder(tmp_path / "clip", **FORMS[form]))
    assert (made.folder / "model.safetensors").is_file() == ("parts" not in form)
    engine = TorchEngine(made.load(), device="cpu", precision="fp32", threads=1)
    photos, texts = made.photos(squares()), made.texts()
    np.testing.assert_allclose(engine.encode_images(squares()), photos, atol=1e-5)
    np.testing.assert_allclose(engine.encode_texts(TEXTS), texts, atol=1e-5)
    assert np.abs(photos[0] - photos[-1]).max() > 0.05  # the towers tell them apart
    assert np.abs(texts[0] - texts[1]).max() > 0.05


def test_the_activations_differ(made: Made, tmp_path: Path) -> None:
    """The same weights under the other activation give other numbers: none passes for both."""
    other = Made(tmp_path / "clip", make_folder(tmp_path / "clip", act="gelu"))
    assert np.abs(other.photos(squares()) - made.photos(squares())).max() > 1e-3


def test_open_clips_own_forward_is_the_librarys(made: Made) -> None:
    """Also before any tower of ours: raw features and temperature, not only directions."""
    loaded = made.load()
    processor, pictures = made.processor(), [Image.fromarray(square) for square in squares()]
    pixels = processor.image_processor(pictures, return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        theirs = made.model.get_image_features(pixel_values=pixels)
        ours = loaded.model.encode_image(pixels)
    theirs = getattr(theirs, "pooler_output", theirs)
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-5, rtol=1e-5)
    assert loaded.facts.logit_scale == pytest.approx(made.model.logit_scale.exp().item())


def test_it_is_described(made: Made) -> None:
    """Size, dimensions and preprocessing are the folder's."""
    facts = made.load().facts
    assert (facts.native_size, facts.sizes, facts.embedding_dim) == (SIDE, (SIDE,), 24)
    assert facts.preprocess.mean == (0.48, 0.45, 0.4)
    assert (facts.context_length, len(facts.revision)) == (77, 16)


def test_openvino_serves_it(made: Made, engine_folder: str) -> None:
    """The default engine prepares it, is admitted in fp32 and gives the library's numbers."""
    pytest.importorskip("runners.clip.quiet_openvino", reason="OpenVINO is not for this CPU")
    from runners.clip.engines.openvino_engine import OpenVinoEngine
    from runners.clip.prepared.build import prepare
    from runners.clip.prepared.folder import Prepared

    files = locate(str(made.folder), REPO / "config", Path("none"))
    prepared = prepare(files, Path(engine_folder))
    assert isinstance(prepared, Prepared)
    assert prepared.facts == made.load().facts
    engine = OpenVinoEngine(prepared, precision="fp32", text_precision="fp32", threads=1)
    np.testing.assert_allclose(engine.encode_images(squares()), made.photos(squares()), atol=1e-5)
    np.testing.assert_allclose(engine.encode_texts(TEXTS), made.texts(), atol=1e-5)


@pytest.mark.parametrize("photo", SAMPLES, ids=lambda photo: photo.stem)
def test_photos_enter_as_the_processor_lets_them(made: Made, photo: Path) -> None:
    """From the file on: our decoding, resize and crop against CLIPProcessor's."""
    upright = decode(photo.read_bytes(), DecodeSpec(exact=True))
    spec = square_of(made.load().facts, SIDE)
    square = make_views(upright, ViewSpec(squares=(spec,))).squares[SIDE]
    engine = TorchEngine(made.load(), device="cpu", precision="fp32", threads=1)
    pixels = made.processor().image_processor(Image.fromarray(upright.pixels), return_tensors="pt")
    with torch.no_grad():
        theirs = rows_of(made.model.get_image_features(**pixels))
    assert float((engine.encode_images(square[None]) @ theirs.T)[0, 0]) > 0.9999


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            lambda weights: weights.pop("text_model.encoder.layers.1.self_attn.k_proj.bias"),
            r"lack text_model\.encoder\.layers\.1\.self_attn\.k_proj\.bias",
        ),
        (lambda weights: weights.clear(), "lack .* and .* more"),
        (
            lambda weights: weights.update({"visual_projection.bias": torch.zeros(24)}),
            r"hold visual_projection\.bias",
        ),
        (
            lambda weights: weights.update({"visual_projection.weight": torch.zeros(24, 47)}),
            r"visual_projection\.weight .* is 24 x 47",
        ),
        (
            lambda weights: weights.update({"visual_projection.weight": torch.zeros(48, 24)}),
            r"visual_projection\.weight .* is 48 x 24",
        ),
        (
            lambda weights: weights.update(
                {"visual_projection.weight": torch.zeros(24, 48, dtype=torch.int8)}
            ),
            r"visual_projection\.weight .* is torch\.int8",
        ),
    ],
    ids=["missing", "empty", "left over", "other shape", "turned", "integers"],
)
def test_other_weights_are_refused(change: Any, reason: str, copied: Path) -> None:
    """Weights that are not the record's are a start-up error that names the tensor."""
    rewrite(copied, change)
    with pytest.raises(StartupError, match=reason):
        Made(copied, None).load()


def test_rows_of_numbers_of_old_are_ignored(made: Made, copied: Path) -> None:
    """Older versions of the library saved positions' numbers, which nothing needs."""
    old = {"text_model.embeddings.position_ids": torch.arange(77)[None]}
    rewrite(copied, lambda weights: weights.update(old))
    row = Made(copied, None).load().model.encode_image(torch.zeros(1, 3, SIDE, SIDE))
    torch.testing.assert_close(row, made.load().model.encode_image(torch.zeros(1, 3, SIDE, SIDE)))


@pytest.mark.parametrize("kept", [0, 100, 100_000])
def test_damaged_weights_are_named(kept: int, copied: Path) -> None:
    """A file that breaks off is one start-up error that names it."""
    weights = copied / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:kept])
    with pytest.raises(StartupError, match=r"model\.safetensors cannot be used"):
        Made(copied, None).load()


def test_a_folder_is_the_same_wherever_it_lies(made: Made, copied: Path) -> None:
    """The revision follows weights and records, not the place."""
    before = made.load().facts.revision
    assert Made(copied, None).load().facts.revision == before
    rewrite(copied, lambda weights: weights["logit_scale"].add_(0.1))
    assert Made(copied, None).load().facts.revision != before
