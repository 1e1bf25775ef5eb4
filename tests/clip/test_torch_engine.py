"""The reference engine: the same numbers as open_clip, at every size, on every device."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image

from framed.errors import Code, FramedError, StartupError
from runners.clip.engines.contract import Engine, OutOfMemory
from runners.clip.engines.cuda_graphs import GraphedTower, Tower
from runners.clip.engines.torch_choice import open_on_torch
from runners.clip.engines.torch_device import (
    choose_device,
    choose_devices,
    choose_precision,
    precisions_from,
)
from runners.clip.engines.torch_engine import TorchEngine
from runners.clip.loading import LoadedModel
from runners.clip.models import load, locate
from tests.clip.fake_cuda import FakeCuda, FakeRecorder
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


def limited(loaded: LoadedModel, *sizes: int) -> LoadedModel:
    """The same model, restricted to `sizes`."""
    return replace(loaded, facts=replace(loaded.facts, sizes=sizes))


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
            v2.Normalize(loaded.facts.preprocess.mean, loaded.facts.preprocess.std),
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
    small, large = (engine._towers[size]._tower for size in (224, 336))
    assert small.func is large.func
    own = {weight.data_ptr() for weight in small.func.parameters()}
    assert own < {weight.data_ptr() for weight in vit.model.parameters()}
    assert (
        small.keywords["positions"].data_ptr() == vit.model.visual.positional_embedding.data_ptr()
    )
    assert vit.model.visual.positional_embedding.shape[0] == 14 * 14 + 1
    assert large.keywords["positions"].shape[0] == 21 * 21 + 1


def test_preset_may_restrict_sizes(vit: LoadedModel) -> None:
    """A preset that names one size gets that one."""
    engine = engine_of(limited(vit, 224))
    assert (engine.sizes, engine.default_size) == ((224,), 224)
    with pytest.raises(ValueError, match="224"):
        engine.encode_images(pictures(336))


def test_other_towers_keep_their_own_size(mini: LoadedModel) -> None:
    """A convolutional tower looks at its own size only, whatever is wished."""
    engine = engine_of(limited(mini, 224, 336))
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
    tower = coarse._towers[336]._tower
    assert {weight.dtype for weight in tower.func.parameters()} == {torch.bfloat16}
    assert tower.keywords["positions"].dtype == torch.bfloat16


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


def limited_engine(
    loaded: LoadedModel, most: int, error: Exception, *, size: int = 224
) -> tuple[TorchEngine, LimitedMemory]:
    """An engine that fails beyond `most` photos of side `size`, and what stands in its way."""
    engine = engine_of(loaded)
    limited = LimitedMemory(engine._towers[size]._tower, most, error)
    engine._towers[size] = GraphedTower(limited)
    return engine, limited


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=NAMES)
def test_too_large_batches_are_halved(error: Exception, vit: LoadedModel) -> None:
    """Out of memory in a batch is answered by halves, in order, with the same numbers."""
    batch = pictures(224, 7)
    expected = engine_of(vit).encode_images(batch)
    engine, limited = limited_engine(vit, 2, error)
    np.testing.assert_allclose(engine.encode_images(batch), expected, atol=1e-6)
    assert limited.sizes == [7, 3, 1, 2, 4, 2, 2]


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=NAMES)
def test_a_photo_that_does_not_fit_alone_is_refused_once(
    error: Exception, vit: LoadedModel
) -> None:
    """A single photo that does not fit is our own error, after one try at that size."""
    engine, limited = limited_engine(vit, 0, error, size=336)
    with pytest.raises(OutOfMemory) as refused:
        engine.encode_images(pictures(336, 2))
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

    engine, _ = limited_engine(vit, 1, OUT_OF_MEMORY[0])
    seen: list[bool] = []
    monkeypatch.setattr(engine, "release_memory", lambda: seen.append(sys.exc_info()[0] is None))
    engine.encode_images(pictures(224, 4))
    assert seen == [True, True, True]


@pytest.mark.parametrize(
    "error", [RuntimeError("CUDA error: device-side assert triggered"), ValueError("bad")], ids=str
)
def test_other_faults_are_not_tried_again(error: Exception, vit: LoadedModel) -> None:
    """A fault that is not about memory reaches the caller at once, as it is."""
    engine, limited = limited_engine(vit, 0, error)
    with pytest.raises(type(error), match=str(error)):
        engine.encode_images(pictures(224, 4))
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
    assert choose_devices("auto") == (chosen,)
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


@pytest.mark.parametrize(
    ("precision", "device", "tried"),
    [
        ("fp16", "cuda:1", ("fp16", "bf16", "fp32")),
        ("bf16", "cuda:0", ("bf16", "fp32")),
        ("fp16", "mps", ("fp16", "fp32")),
        ("bf16", "cpu", ("bf16", "fp32")),
        ("fp32", "cuda:0", ("fp32",)),
        ("fp32", "cpu", ("fp32",)),
    ],
)
def test_wider_formats_follow(precision: str, device: str, tried: tuple[str, ...]) -> None:
    """A format that a model does not bear is followed by wider ones, bf16 only where it is safe."""
    assert precisions_from(precision, device) == tried


def infinite(pixels: torch.Tensor) -> torch.Tensor:
    """A tower that overflows."""
    return torch.full((len(pixels), 32), torch.inf)


def test_overflowing_precision_is_given_up(
    vit: LoadedModel, caplog: pytest.LogCaptureFixture
) -> None:
    """Weights that overflow in a narrow format are served in a wider one, with a warning."""
    engine = engine_of(vit, precision="bf16")
    engine._towers = dict.fromkeys(engine.sizes, GraphedTower(infinite))
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


def test_an_engine_says_what_it_is(vit: LoadedModel) -> None:
    """Its name, device, number format and threads."""
    engine: Engine = open_on_torch(vit, device="cpu", precision="auto", threads=2)
    assert (engine.name, engine.device, engine.precision) == ("torch", "cpu", "fp32")
    assert (engine.threads, torch.get_num_threads()) == (2, 2)
    assert engine.vram_used_gb() == 0


def test_an_exclamation_mark_is_a_word(vit: LoadedModel) -> None:
    """Its id is 0, as that of padding: nothing behind it may be lost."""
    engine = engine_of(vit)
    for text in ("#!/bin", "!~!~!", "a! b!c !!!"):
        with torch.inference_mode():
            stock = vit.model.encode_text(vit.tokenizer([text]))
        row = torch.nn.functional.normalize(stock, dim=-1).numpy()
        np.testing.assert_allclose(engine.encode_texts([text, "short"])[:1], row, atol=1e-5)


def test_out_of_memory_travels_as_any_of_our_errors() -> None:
    """The refusal keeps code and message across a process border."""
    error = OutOfMemory(Code.OUT_OF_MEMORY, "does not fit", retry_after=5)
    back = FramedError.from_value(error.as_value())
    assert (back.code, back.message, back.retry_after) == (error.code, "does not fit", 5)


def cuda_engine(
    loaded: LoadedModel, *, precision: str = "auto", recorder: FakeRecorder | None = None
) -> TorchEngine:
    """An engine on a GPU that is none: its tensors lie in the computer's own memory."""
    hardware = FakeCuda(recorder or FakeRecorder())
    return TorchEngine(loaded, device="cuda:0", precision=precision, threads=1, hardware=hardware)


@pytest.fixture
def few_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two recordings a size, for what is not about their number."""
    monkeypatch.setattr("runners.clip.engines.cuda_graphs.BUCKETS", (1, 2))


def distorting(tower: Tower) -> GraphedTower:
    """A tower that gives unit numbers, and wrong ones."""
    return GraphedTower(lambda pixels: tower(pixels).roll(1, dims=1))


def test_a_gpu_replays_what_eager_computes(vit: LoadedModel) -> None:
    """Warm, every size and every batch size has eager's vectors, replayed up to 32 photos."""
    recorder = FakeRecorder()
    engine, exact = cuda_engine(vit, precision="fp32", recorder=recorder), engine_of(vit)
    engine.warm_up()
    assert [tower.recorded for tower in engine._towers.values()] == [(1, 2, 4, 8, 16, 32)] * 2
    for size, count in [(224, 1), (336, 3), (224, 8), (224, 33)]:
        before, batch = recorder.replays, pictures(size, count)
        rows = engine.encode_images(batch)
        assert recorder.replays - before == (count <= 32)
        np.testing.assert_allclose(rows, exact.encode_images(batch), atol=1e-5)


@pytest.mark.usefixtures("few_buckets")
def test_a_gpu_serves_half_precision(vit: LoadedModel) -> None:
    """fp16 is what a GPU gets unasked, and it stays where it is near enough to fp32."""
    engine = cuda_engine(vit)
    assert (engine.device, engine.precision, engine.text_precision) == ("cuda:0", "fp16", "fp16")
    engine.warm_up()
    assert (engine.precision, engine.refused) == ("fp16", ())
    cosines = engine.encode_images(pictures(336)) * engine_of(vit).encode_images(pictures(336))
    assert (cosines.sum(axis=1) > 0.999).all()


@pytest.mark.usefixtures("few_buckets")
@pytest.mark.parametrize("strays", [1, 2])
def test_precision_that_strays_is_given_up(
    strays: int, vit: LoadedModel, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Finite vectors that are not near fp32's cost a format its place, one format at a time."""
    place = TorchEngine._place
    formats = ("fp16", "bf16", "fp32")

    def stray(engine: TorchEngine, precision: str) -> None:
        place(engine, precision)
        if precision in formats[:strays]:
            towers = engine._towers
            engine._towers = {size: distorting(towers[size]._tower) for size in towers}

    monkeypatch.setattr(TorchEngine, "_place", stray)
    monkeypatch.setattr(
        "runners.clip.engines.torch_reference.is_admitted", lambda figures, _: figures.centred > 0.9
    )
    engine = cuda_engine(vit)
    engine.warm_up()
    assert engine.precision == formats[strays]
    assert [reason.split()[1] for reason in engine.refused] == list(formats[:strays])
    assert caplog.text.count("photos: cosine") == strays


def test_full_precision_is_not_judged(vit: LoadedModel) -> None:
    """fp32 is the last resort: where it gives numbers it serves, without the reference's cost."""

    class NoReference:
        def refusal(self, engine: Engine, precision: str) -> str | None:
            raise AssertionError("the reference was asked")

    engine = TorchEngine(
        vit,
        device="cpu",
        precision="fp32",
        threads=1,
        reference=NoReference(),  # type: ignore[arg-type]
    )
    engine.warm_up()
    assert engine.precision == "fp32"


def test_the_reference_is_open_clips_own_forward(vit: LoadedModel) -> None:
    """What engines are held against comes from the stock model, not from towers of ours."""
    reference = engine_of(vit)._reference
    assert reference.photos.shape == (8, 224, 224, 3)
    expected = by_hand(vit.model, vit, reference.photos)
    np.testing.assert_allclose(reference.photo_rows, expected, atol=1e-6)
    assert np.unique(reference.photos.reshape(8, -1), axis=0).shape[0] == 8


def test_photos_are_drawn_where_none_are_installed(
    vit: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A judgement needs no file: drawn pictures, all different, stand in."""

    def none_there(size: int, count: int) -> Squares:
        raise FileNotFoundError

    monkeypatch.setattr("runners.clip.engines.torch_reference.held_out", none_there)
    photos = engine_of(vit)._reference.photos
    assert np.unique(photos.reshape(8, -1), axis=0).shape[0] == 8


def test_a_gpu_that_cannot_record_serves_eager(
    vit: LoadedModel, caplog: pytest.LogCaptureFixture
) -> None:
    """A capture that fails costs speed and one warning, never the answer."""
    engine = cuda_engine(vit, precision="fp32", recorder=FakeRecorder(fails_at=8))
    engine.warm_up()
    assert [tower.recorded for tower in engine._towers.values()] == [(), ()]
    assert caplog.text.count("no CUDA graphs") == 1
    np.testing.assert_allclose(
        engine.encode_images(pictures(224)), engine_of(vit).encode_images(pictures(224)), atol=1e-5
    )


def test_graphs_are_given_up_before_a_second_try(
    vit: LoadedModel, caplog: pytest.LogCaptureFixture
) -> None:
    """Where memory runs out the graphs' pool goes first, back to the device; then the halves."""
    recorder = FakeRecorder()
    hardware = FakeCuda(recorder)
    engine = TorchEngine(vit, device="cuda:0", precision="fp32", threads=1, hardware=hardware)
    engine.warm_up()
    assert recorder.alive() == 12
    tower = engine._towers[224]
    limited = LimitedMemory(tower._tower, 20, OUT_OF_MEMORY[0])
    tower._tower = limited
    hardware.alive_at_release = []
    expected = engine_of(vit).encode_images(pictures(224, 40))
    np.testing.assert_allclose(engine.encode_images(pictures(224, 40)), expected, atol=1e-5)
    assert limited.sizes == [40, 20, 20]
    assert hardware.alive_at_release == [0]
    assert caplog.text.count("no CUDA graphs from now on") == 1


@pytest.mark.usefixtures("few_buckets")
@pytest.mark.parametrize(("asked", "device"), [("auto", "cuda:0,cuda:1"), ("cuda:1", "cuda:1")])
def test_all_gpus_serve_unless_one_is_named(
    asked: str, device: str, vit: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine for each GPU, behind one contract; one that is named is alone."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.setattr(
        "runners.clip.engines.torch_engine.TorchDevice",
        lambda name: FakeCuda(FakeRecorder(), name=name),
    )
    engine = open_on_torch(vit, device=asked, precision="fp32", threads=1)
    engine.warm_up()
    assert (engine.device, engine.streams) == (device, device.count("cuda"))
    np.testing.assert_allclose(
        engine.encode_images(pictures(224)), engine_of(vit).encode_images(pictures(224)), atol=1e-5
    )


@pytest.mark.usefixtures("few_buckets")
@pytest.mark.parametrize("where", ["cpu", "cuda:0"])
def test_threads_get_their_own_answers(where: str, vit: LoadedModel) -> None:
    """Eight threads with mixed sizes and batches get what one thread gets."""
    engine = engine_of(vit) if where == "cpu" else cuda_engine(vit, precision="fp32")
    engine.warm_up()
    batches = [pictures(size, 8)[at : at + 1 + at % 3] for size in (224, 336) for at in range(3)]
    serial = [engine.encode_images(batch) for batch in batches]

    def check(number: int) -> None:
        for turn in range(12):
            which = (number + turn) % len(batches)
            rows = engine.encode_images(batches[which])
            np.testing.assert_allclose(rows, serial[which], atol=1e-5)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(check, range(8)))
