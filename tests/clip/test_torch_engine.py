"""The reference engine: the same numbers as open_clip, at every size, in every batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image

from framed.errors import Code, FramedError, StartupError
from runners.clip.engines import create_engine
from runners.clip.engines.contract import Engine, OutOfMemory
from runners.clip.engines.torch_engine import TorchEngine, choose_device, choose_precision
from runners.clip.loading import LoadedModel
from runners.clip.models import load, locate
from tests.clip.small_models import vit_config, write_model

REPO = Path(__file__).parents[2]
CONFIG = REPO / "config"
PHOTOS = REPO.parent / "shared" / "data" / "photos"

Squares = npt.NDArray[np.uint8]

OUT_OF_MEMORY = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    RuntimeError("MPS backend out of memory (MPS allocated: 17.9 GiB, other allocations: 1 GiB)."),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate "
        "memory: you tried to allocate 99 bytes. Error code 12 (Cannot allocate memory)"
    ),
]
NAMES = ["cuda", "mps", "cpu"]


def engine_of(loaded: LoadedModel, *, precision: str = "fp32") -> TorchEngine:
    return TorchEngine(loaded, device="cpu", precision=precision, threads=1)


@pytest.fixture(scope="module")
def mini() -> LoadedModel:
    """The embedded model."""
    return load(locate("mini", CONFIG, Path("none")))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Random vision transformers made for 224 and for 336 pixels."""
    root = tmp_path_factory.mktemp("vits")
    return {size: write_model(root / f"vit{size}", vit_config(size)) for size in (224, 336)}


@pytest.fixture
def vit(folders: dict[int, Path]) -> LoadedModel:
    """A random vision transformer made for 224 pixels."""
    return load(locate(str(folders[224]), CONFIG, Path("none")))


def pictures(size: int, count: int = 4) -> Squares:
    """Smooth, noisy and flat squares, the same at every call."""
    rng = np.random.default_rng(3)
    down, right = np.mgrid[0:size, 0:size] * (255 / (size - 1))
    smooth = np.stack([(down + right) / 2, down * right / 255, 255 - right], axis=-1)
    noise = rng.integers(0, 256, (count, size, size, 3))
    shares = np.linspace(0, 1, count)[:, None, None, None]
    return (smooth * (1 - shares) + noise * shares).astype(np.uint8)


def by_hand(model: Any, loaded: LoadedModel, batch: Squares) -> npt.NDArray[np.float32]:
    """Stock open_clip on the same squares, through its own transform's last two steps."""
    from torchvision.transforms import v2

    steps = v2.Compose(
        [
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(loaded.preprocess.mean, loaded.preprocess.std),
        ]
    )
    with torch.no_grad():
        images = torch.stack([steps(Image.fromarray(square)) for square in batch])
        rows: npt.NDArray[np.float32] = model.encode_image(images, normalize=True).numpy()
    return rows


def test_mini_equals_open_clip_on_drawn_pictures(mini: LoadedModel) -> None:
    """Embeddings of the embedded model are those of a freshly loaded stock open_clip model."""
    import open_clip

    stock, _ = open_clip.create_model_from_pretrained(f"local-dir:{CONFIG / 'models' / 'mini'}")
    stock.eval()
    batch = pictures(224)
    rows = engine_of(mini).encode_images(batch)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, by_hand(stock, mini, batch), atol=1e-5)


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="the shared photos are not here")
def test_mini_equals_open_clip_on_photos(mini: LoadedModel) -> None:
    """On real photos, cut to the square by open_clip's own transform, the numbers agree too."""
    import open_clip

    folder = f"local-dir:{CONFIG / 'models' / 'mini'}"
    stock, transform = open_clip.create_model_from_pretrained(folder)
    stock.eval()
    photos = [Image.open(file).convert("RGB") for file in sorted(PHOTOS.glob("*.jpg"))[:3]]
    cut = square_cut()
    squares = np.stack([np.asarray(cut(photo)) for photo in photos])
    with torch.no_grad():
        expected = stock.encode_image(
            torch.stack([transform(photo) for photo in photos]), normalize=True
        ).numpy()
    np.testing.assert_allclose(engine_of(mini).encode_images(squares), expected, atol=1e-5)


def square_cut() -> Any:
    """The resize and crop of mini, as torchvision does them to a Pillow image."""
    from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Resize

    return Compose([Resize(224, InterpolationMode.BICUBIC), CenterCrop(224)])


@pytest.mark.parametrize("which", ["mini", "vit"])
def test_texts_equal_open_clip(which: str, request: pytest.FixtureRequest) -> None:
    """Words, sentences and texts beyond the context encode as open_clip encodes them in full."""
    loaded: LoadedModel = request.getfixturevalue(which)
    texts = ["sea", "a photo of a red car in the snow", "word " * 200, "", "Ünïcode ☃ 山"]
    with torch.no_grad():
        expected = loaded.model.encode_text(loaded.tokenizer(texts), normalize=True).numpy()
    engine = engine_of(loaded)
    np.testing.assert_allclose(engine.encode_texts(texts), expected, atol=1e-5)
    np.testing.assert_allclose(engine.encode_texts(texts[:2]), expected[:2], atol=1e-5)


@pytest.mark.parametrize(("native", "other"), [(224, 336), (336, 224)])
def test_both_sizes_equal_a_model_made_at_that_size(
    native: int, other: int, folders: dict[int, Path]
) -> None:
    """One set of weights looks at 224 and 336 as open_clip does when it loads it at that size."""
    import open_clip

    loaded = load(locate(str(folders[native]), CONFIG, Path("none")))
    engine = engine_of(loaded)
    assert (engine.sizes, engine.default_size) == ((224, 336), 336)
    for size in (native, other):
        made = open_clip.create_model(
            f"local-dir:{folders[native]}", force_image_size=size, require_pretrained=True
        ).eval()
        rows = engine.encode_images(pictures(size))
        np.testing.assert_allclose(rows, by_hand(made, loaded, pictures(size)), atol=1e-5)


def test_sizes_share_their_weights(vit: LoadedModel) -> None:
    """The second size costs a positional table, not a second model, and leaves the first alone."""
    engine = engine_of(vit)
    small, large = engine._models[224], engine._models[336]
    shared = {id(weight) for weight in small.parameters()} & {id(w) for w in large.parameters()}
    assert len(shared) == len(list(small.parameters())) - 1
    assert small is vit.model
    assert small.visual.positional_embedding.shape[0] == 14 * 14 + 1


def test_preset_may_restrict_sizes(vit: LoadedModel) -> None:
    """A preset that names one size gets that one."""
    engine = engine_of(replace(vit, sizes=(224,)))
    assert (engine.sizes, engine.default_size) == ((224,), 224)
    with pytest.raises(ValueError, match="224"):
        engine.encode_images(pictures(336))


def test_other_towers_keep_their_own_size(mini: LoadedModel) -> None:
    """A convolutional tower looks at its own size only, whatever is wished."""
    engine = engine_of(replace(mini, sizes=(224, 336)))
    assert (engine.sizes, engine.default_size) == ((224,), 224)


@pytest.mark.parametrize("which", ["mini", "vit"])
def test_neighbours_change_nothing(which: str, request: pytest.FixtureRequest) -> None:
    """A photo or text alone has the vector that it has among others."""
    engine = engine_of(request.getfixturevalue(which))
    batch, texts = pictures(224, 5), ("dog", "a much longer description of one dog", "cat")
    alone = np.concatenate([engine.encode_images(square[None]) for square in batch])
    np.testing.assert_allclose(engine.encode_images(batch), alone, atol=1e-5)
    words = np.concatenate([engine.encode_texts([text]) for text in texts])
    np.testing.assert_allclose(engine.encode_texts(texts), words, atol=1e-5)


def test_rows_are_unit_vectors(vit: LoadedModel) -> None:
    """Every row has length 1, for photos and texts."""
    engine = engine_of(vit)
    rows = np.concatenate([engine.encode_images(pictures(336)), engine.encode_texts(["a", "b"])])
    assert rows.shape == (6, 32)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)


def test_nothing_in_nothing_out(vit: LoadedModel) -> None:
    """No photos and no texts give no rows, of the right width."""
    engine = engine_of(vit)
    assert engine.encode_images(np.empty((0, 224, 224, 3), np.uint8)).shape == (0, 32)
    assert engine.encode_texts([]).shape == (0, 32)


@pytest.mark.parametrize(
    "batch",
    [
        np.zeros((1, 224, 224, 3), np.float32),
        np.zeros((224, 224, 3), np.uint8),
        np.zeros((1, 3, 224, 224), np.uint8),
        np.zeros((1, 224, 336, 3), np.uint8),
        np.zeros((1, 448, 448, 3), np.uint8),
    ],
    ids=["floats", "no batch", "channels first", "oblong", "another size"],
)
def test_other_arrays_are_refused(batch: Any, vit: LoadedModel) -> None:
    """What is no batch of squares of a known size is an error that says what is."""
    with pytest.raises(ValueError, match=r"uint8 \[B, S, S, 3\]"):
        engine_of(vit).encode_images(batch)


def test_read_only_squares_are_taken(vit: LoadedModel) -> None:
    """Squares that came across a process border, and may not be written to, are fine."""
    batch = pictures(224)
    batch.setflags(write=False)
    assert engine_of(vit).encode_images(batch).shape == (4, 32)


def test_half_precision_leaves_the_loaded_model_alone(vit: LoadedModel) -> None:
    """Another number format is a copy near the original, which stays fp32."""
    exact, coarse = engine_of(vit), engine_of(vit, precision="bf16")
    for size in (224, 336):
        batch = pictures(size)
        cosines = (exact.encode_images(batch) * coarse.encode_images(batch)).sum(axis=1)
        assert (cosines > 0.999).all()
    assert {weight.dtype for weight in vit.model.parameters()} == {torch.float32}
    assert coarse._models[336].visual.positional_embedding.dtype == torch.bfloat16


class LimitedMemory:
    """Stands before a model's encoder and fails, with a real error, beyond `most` items."""

    def __init__(self, encode: Callable[..., torch.Tensor], most: int, error: Exception) -> None:
        self.encode, self.most, self.error = encode, most, error
        self.sizes: list[int] = []

    def __call__(self, items: torch.Tensor) -> torch.Tensor:
        self.sizes.append(len(items))
        if len(items) > self.most:
            raise self.error
        return self.encode(items)


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=NAMES)
def test_too_large_batches_are_halved(error: Exception, vit: LoadedModel) -> None:
    """Out of memory in a batch is answered by halves, in order, with the same numbers."""
    batch = pictures(224, 7)
    expected = engine_of(vit).encode_images(batch)
    limited = LimitedMemory(vit.model.encode_image, 2, error)
    vit.model.encode_image = limited
    np.testing.assert_allclose(engine_of(vit).encode_images(batch), expected, atol=1e-6)
    assert limited.sizes == [7, 3, 1, 2, 4, 2, 2]


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=NAMES)
def test_a_photo_that_does_not_fit_alone_is_refused_once(
    error: Exception, vit: LoadedModel
) -> None:
    """A single photo that does not fit is our own error, after one try at that size."""
    limited = LimitedMemory(vit.model.encode_image, 0, error)
    vit.model.encode_image = limited
    with pytest.raises(OutOfMemory) as refused:
        engine_of(vit).encode_images(pictures(336, 2))
    assert refused.value.code == Code.OUT_OF_MEMORY
    assert limited.sizes == [2, 1]


def test_texts_are_halved_too(vit: LoadedModel) -> None:
    """Out of memory on texts is answered the same way."""
    texts = ["dog", "cat", "a red car"]
    expected = engine_of(vit).encode_texts(texts)
    limited = LimitedMemory(vit.model.encode_text, 1, OUT_OF_MEMORY[0])
    vit.model.encode_text = limited
    vit.model.text_pool_type = "last"  # any but the end token's: texts keep their full length
    full = engine_of(vit).encode_texts(texts)
    assert limited.sizes == [3, 1, 2, 1, 1]
    assert full.shape == expected.shape


def test_memory_is_released_between_tries(
    vit: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cached memory goes back before each smaller try, and outside of the error's frames."""
    import sys

    engine = engine_of(vit)
    seen: list[bool] = []
    monkeypatch.setattr(engine, "release_memory", lambda: seen.append(sys.exc_info()[0] is None))
    vit.model.encode_image = LimitedMemory(vit.model.encode_image, 1, OUT_OF_MEMORY[0])
    engine._place()
    engine.encode_images(pictures(224, 4))
    assert seen == [True, True, True]


@pytest.mark.parametrize(
    "error", [RuntimeError("CUDA error: device-side assert triggered"), ValueError("bad")], ids=str
)
def test_other_faults_are_not_tried_again(error: Exception, vit: LoadedModel) -> None:
    """A fault that is not about memory reaches the caller at once, as it is."""
    limited = LimitedMemory(vit.model.encode_image, 0, error)
    vit.model.encode_image = limited
    with pytest.raises(type(error), match=str(error)):
        engine_of(vit).encode_images(pictures(224, 4))
    assert limited.sizes == [4]


def test_a_lost_device_is_not_out_of_memory(vit: LoadedModel) -> None:
    """An accelerator in error says so by its type; its text must not start the ladder."""
    if not hasattr(torch, "AcceleratorError"):
        pytest.skip("this PyTorch has no such type")
    error = torch.AcceleratorError("CUDA error: out of memory")
    assert not engine_of(vit).is_out_of_memory(error)


@pytest.mark.parametrize(
    ("cuda", "mps", "chosen"),
    [(1, True, "cuda:0"), (1, False, "cuda:0"), (0, True, "mps"), (0, False, "cpu")],
    ids=["both", "cuda alone", "mps alone", "neither"],
)
def test_the_best_device_is_chosen(
    cuda: int, mps: bool, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CUDA before MPS before the CPU."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: cuda > 0)
    monkeypatch.setattr("torch.cuda.device_count", lambda: cuda)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: mps)
    assert choose_device("auto") == chosen
    assert choose_device("cpu") == "cpu"


@pytest.mark.parametrize("asked", ["cuda", "cuda:1", "mps", "tpu"])
def test_absent_devices_are_refused(asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that is asked for and is not there is a start-up error, never another device."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: asked == "cuda:1")
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    with pytest.raises(StartupError, match=asked):
        choose_device(asked)


@pytest.mark.parametrize(
    ("asked", "device", "chosen"),
    [
        ("auto", "cuda", "fp16"),
        ("auto", "cuda:1", "fp16"),
        ("auto", "mps", "fp32"),
        ("auto", "cpu", "fp32"),
        ("bf16", "cpu", "bf16"),
        ("fp16", "mps", "fp16"),
    ],
)
def test_precision_follows_the_device(asked: str, device: str, chosen: str) -> None:
    """Half precision on CUDA, full elsewhere, unless another is asked for."""
    assert choose_precision(asked, device) == chosen


@pytest.mark.parametrize("asked", ["fp16", "int3"])
def test_senseless_precision_is_refused(asked: str) -> None:
    """fp16 on a CPU, and formats nobody knows, are start-up errors."""
    with pytest.raises(StartupError, match=asked):
        choose_precision(asked, "cpu")


def test_overflowing_precision_is_given_up(
    vit: LoadedModel, caplog: pytest.LogCaptureFixture
) -> None:
    """Weights that overflow in a narrow format are served in a wider one, with a warning."""
    engine = engine_of(vit, precision="bf16")
    narrow = engine._model
    narrow.encode_image = lambda images: torch.full((len(images), 32), torch.inf)
    engine._models = {224: narrow, 336: narrow}
    engine.warm_up()
    assert engine.precision == "fp32"
    assert "overflows" in caplog.text
    np.testing.assert_allclose(
        engine.encode_images(pictures(336)), engine_of(vit).encode_images(pictures(336)), atol=1e-6
    )


def test_a_model_of_nan_does_not_start(vit: LoadedModel) -> None:
    """Weights that are no numbers are found at warm-up, not by the first caller."""
    vit.model.visual.proj.data.fill_(torch.nan)
    with pytest.raises(StartupError, match="NaN"):
        engine_of(vit).warm_up()


def test_engines_are_made_by_name(vit: LoadedModel) -> None:
    """`auto` and `torch` make the same engine, which says what it is."""
    for name in ("auto", "torch"):
        engine: Engine = create_engine(name, vit, device="cpu", precision="auto", threads=2)
        assert (engine.name, engine.device, engine.precision) == ("torch", "cpu", "fp32")
        assert (engine.threads, torch.get_num_threads()) == (2, 2)
        assert engine.vram_used_gb() == 0
    with pytest.raises(StartupError, match="torch"):
        create_engine("tarch", vit, device="cpu", precision="auto", threads=1)


def test_out_of_memory_travels_as_any_of_our_errors() -> None:
    """The refusal keeps code and message across a process border."""
    error = OutOfMemory(Code.OUT_OF_MEMORY, "does not fit", retry_after=5)
    back = FramedError.from_value(error.as_value())
    assert (back.code, back.message, back.retry_after) == (error.code, "does not fit", 5)
