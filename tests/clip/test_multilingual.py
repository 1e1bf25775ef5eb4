"""Models of many languages: found as they were fetched, open_clip's numbers on every engine."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

pytest.importorskip("transformers", reason="the extra `text` is not installed")

from framed.errors import StartupError
from runners.clip.engines.contract import Engine
from runners.clip.engines.torch_engine import TorchEngine
from runners.clip.model_files import ModelFiles
from runners.clip.models import load, locate
from runners.clip.prepared.checkpoint import checkpoint_checksum
from runners.clip.pull import hub_model, pull
from tests.clip.library_models import (
    stock_model,
    stock_tokenizer,
    write_siglip2,
    write_xlm_roberta,
)
from tests.fakes import chosen

REPO = Path(__file__).parents[2]
CONFIG = REPO / "config"
MAKERS: dict[str, Callable[[Path], Path]] = {
    "multilingual-b32": write_xlm_roberta,
    "siglip2-b16": write_siglip2,
}
TEXTS = [
    "ein Hund", "Ein Hund läuft am Strand.", "a photo of a dog", "犬", "犬が海辺を走る",
    "它是一只猫", "كلب على الشاطئ", "समुद्र तट पर एक कुत्ता", "собака", "해변의 개", "สุนัขบนชายหาด",
    "שלום",
    "🐕 🏖️", "👩‍👩‍👧 🇩🇪", "", " ", ".", "\u200b", "&eacute;t&amp;eacute;", "sch\u00c3\u00b6n",
    "x", "Hund " * 30, "Hund " * 500, "犬" * 90, "</s> Hund", "<pad> Hund <pad>", "a\ud800b",
]  # fmt: skip
Rows = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Made:
    """A folder, as the hub's would lie here, and what open_clip makes of it by itself."""

    preset: str
    folder: Path
    model: Any
    tokenizer: Any

    @property
    def files(self) -> ModelFiles:
        return locate(f"local-dir:{self.folder}", CONFIG, Path("none"))

    @torch.inference_mode()
    def texts(self, texts: list[str]) -> Rows:
        rows: Rows = self.model.encode_text(self.tokenizer(texts), normalize=True).numpy()
        return rows

    @torch.inference_mode()
    def photos(self, squares: npt.NDArray[np.uint8]) -> Rows:
        cut = json.loads((self.folder / "open_clip_config.json").read_text())["preprocess_cfg"]
        mean, std = (torch.tensor(cut[key]).view(1, 3, 1, 1) for key in ("mean", "std"))
        pixels = torch.from_numpy(squares).permute(0, 3, 1, 2).float() / 255
        rows: Rows = self.model.encode_image((pixels - mean) / std, normalize=True).numpy()
        return rows


@pytest.fixture(scope="module", params=MAKERS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = MAKERS[request.param](tmp_path_factory.mktemp("models") / request.param)
    return Made(request.param, folder, stock_model(folder), stock_tokenizer(folder))


@pytest.fixture(scope="module", params=["torch", "openvino"])
def engine(request: pytest.FixtureRequest, made: Made, engine_folder: str) -> Engine:
    """The model in fp32 on either engine of a CPU."""
    if request.param == "torch":
        return TorchEngine(load(made.files), device="cpu", precision="fp32", threads=1)
    return on_openvino(made, engine_folder)


def on_openvino(made: Made, engine_folder: str) -> Engine:
    pytest.importorskip("runners.clip.quiet_openvino", reason="OpenVINO is not for this CPU")
    from runners.clip.engines.openvino_choice import open_on_openvino

    settings = chosen(engine_cache=Path(engine_folder), precision="fp32", threads=1)
    served, refused = open_on_openvino(made.files, settings)
    assert served is not None, refused
    return served[1]


@pytest.fixture
def xlm(tmp_path: Path) -> Path:
    """A folder of one's own, to spoil."""
    return write_xlm_roberta(tmp_path / "xlm")


def test_texts_are_open_clips(made: Made, engine: Engine) -> None:
    """In any language and script, with emoji, next to empty, far too long: to 1e-5."""
    np.testing.assert_allclose(engine.encode_texts(TEXTS), made.texts(TEXTS), atol=1e-5)


def test_a_text_is_the_same_in_any_company(engine: Engine) -> None:
    """The padding beside longer neighbours changes nothing."""
    together = engine.encode_texts(TEXTS)
    for text, row in zip(TEXTS, together, strict=True):
        np.testing.assert_allclose(engine.encode_texts([text])[0], row, atol=2e-6)
    np.testing.assert_allclose(engine.encode_texts(TEXTS[::-1])[::-1], together, atol=2e-6)
    assert engine.encode_texts([]).shape == (0, together.shape[1])


def test_texts_are_told_apart(engine: Engine) -> None:
    """Other words are other vectors, whatever the script; what is cut off is not seen."""
    rows = engine.encode_texts(["ein Hund", "犬", "كلب", "कुत्ता", "Hund " * 200, "Hund " * 300])
    alike = rows @ rows.T
    assert alike[np.triu_indices(5, 1)].max() < 0.999
    assert alike[4, 5] == pytest.approx(1, abs=1e-5)


def test_texts_alike_long_are_arranged_together(engine: Engine) -> None:
    """Every prompt once, in chunks of the size asked for."""
    chunks = engine.arrange_texts(TEXTS, 4)
    assert sorted(text for chunk in chunks for text in chunk) == sorted(TEXTS)
    assert max(map(len, chunks)) == 4


def test_threads_do_not_mix_texts(made: Made, engine: Engine) -> None:
    """Several callers at once get their own rows."""
    expected = made.texts(TEXTS)
    with ThreadPoolExecutor(4) as threads:
        rows = list(threads.map(lambda text: engine.encode_texts([text])[0], TEXTS * 3))
    np.testing.assert_allclose(np.stack(rows), np.tile(expected, (3, 1)), atol=1e-5)


def test_photos_are_open_clips(made: Made, engine: Engine) -> None:
    """The image tower beside is the usual one: open_clip's rows, to 1e-5."""
    side = load(made.files).facts.native_size
    squares = np.random.default_rng(3).integers(0, 256, (3, side, side, 3), np.uint8)
    np.testing.assert_allclose(engine.encode_images(squares), made.photos(squares), atol=1e-5)


def test_nothing_is_looked_up(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading asks for no name and opens no connection."""

    def forbidden(*asked: Any, **_: Any) -> None:
        raise AssertionError(f"the network was asked: {asked}")

    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    monkeypatch.setattr(socket.socket, "connect", forbidden)
    facts = load(made.files).facts
    assert facts.embedding_dim == made.texts(["a"]).shape[1]
    assert facts.context_length == made.tokenizer.context_length


def test_the_preset_is_found_as_it_was_fetched(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`models pull` leaves a folder that its name then loads; the text tower's record comes from
    the repository that the preset names."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))

    def fetch(hub_id: str, patterns: tuple[str, ...], folder: Path) -> None:
        tower = hub_id == "FacebookAI/xlm-roberta-base"
        folder.mkdir(parents=True, exist_ok=True)
        for pattern in patterns:
            for file in (made.folder / "text_tower" if tower else made.folder).glob(pattern):
                shutil.copy(file, folder)

    pull(hub_model(made.preset, CONFIG), tmp_path / "models" / made.preset, fetch)
    files = locate(made.preset, CONFIG, tmp_path)
    assert files.name == made.preset
    facts = load(replace(files, sizes=None)).facts
    assert facts == load(made.files).facts


def test_without_the_library_the_extra_is_named(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start-up error says what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(StartupError, match=r"extra `text`: pip install transformers"):
        locate(str(made.folder), CONFIG, Path("none"))


@pytest.mark.parametrize(
    "name", ["tokenizer.json", "tokenizer_config.json", "text_tower/config.json"]
)
def test_a_missing_file_is_named(xlm: Path, name: str) -> None:
    """Each of those that texts need."""
    (xlm / name).unlink()
    with pytest.raises(StartupError, match=name):
        locate(str(xlm), CONFIG, Path("none"))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("tokenizer.json", "NFKC", "NFC"),
        ("tokenizer_config.json", "512", "511"),
        ("text_tower/config.json", "1e-05", "1e-06"),
    ],
)
def test_another_tokenizer_is_another_model(
    xlm: Path, tmp_path: Path, name: str, old: str, new: str
) -> None:
    """What was kept of the weights with the tokenizer or the tower's record of before, banks and
    exports, is not taken for theirs."""

    def identity() -> tuple[str, str]:
        files = locate(str(xlm), CONFIG, Path("none"))
        return load(files).facts.revision, checkpoint_checksum(files, tmp_path)

    before, text = identity(), (xlm / name).read_text()
    assert before == identity()
    assert old in text
    (xlm / name).write_text(text.replace(old, new))
    after = identity()
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_short_texts_are_not_padded_to_the_context(xlm: Path) -> None:
    """Where the tower looks away from padding, PyTorch is not given it, but for the longest."""
    loaded = load(locate(str(xlm), CONFIG, Path("none")))
    widths: list[int] = []
    loaded.model.text.register_forward_pre_hook(lambda _, given: widths.append(given[0].shape[1]))
    engine = TorchEngine(loaded, device="cpu", precision="fp32", threads=1)
    for texts in (["犬"], ["犬", "ein Hund läuft am Strand"], ["Hund " * 300]):
        engine.encode_texts(texts)
    assert widths[0] < widths[1] < widths[2] == 77


def test_without_its_own_tokenizer_a_tower_is_not_exported(made: Made) -> None:
    """Ids by anything but open_clip's own tokenizer of the library would be a guess."""
    from runners.clip.prepared.exporting import UnsupportedError
    from runners.clip.prepared.make_texts import text_form

    loaded = load(made.files)
    other = replace(loaded, tokenizer=lambda texts: torch.zeros((len(texts), 77), dtype=torch.long))
    with pytest.raises(UnsupportedError, match=r"its text tower is not CLIP's"):
        text_form(other)


def test_a_tower_that_changes_in_the_export_is_refused(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The graph is held against open_clip's rows: a wrong one would serve silently."""
    pytest.importorskip("runners.clip.quiet_openvino", reason="OpenVINO is not for this CPU")
    from runners.clip.prepared import make_texts
    from runners.clip.prepared.exporting import UnsupportedError

    loaded = load(made.files)
    form = make_texts.text_form(loaded)
    right = make_texts.text_rows
    monkeypatch.setattr(make_texts, "text_rows", lambda *given: right(*given) + 1e-3)
    with pytest.raises(UnsupportedError, match=r"0\.001 off"):
        form.save(loaded, tmp_path)


def test_onnx_runtime_says_that_it_has_no_form(made: Made, engine_folder: str) -> None:
    """And which engines do."""
    pytest.importorskip("runners.clip.quiet_openvino", reason="OpenVINO is not for this CPU")
    pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")
    from runners.clip.engines.onnx_choice import open_on_onnx

    served, refused = open_on_onnx(
        made.files, chosen(engine_cache=Path(engine_folder), device="cpu")
    )
    assert served is None
    assert "OpenVINO and PyTorch serve it" in refused[0]
