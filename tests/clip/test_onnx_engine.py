"""ONNX Runtime serves a prepared checkpoint: the model's numbers, where it was asked to run."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framed.errors import StartupError
from framed.settings import Settings
from runners.clip.engines import onnx_choice, onnx_providers, onnx_session
from runners.clip.engines.onnx_choice import open_on_onnx
from runners.clip.engines.onnx_engine import OnnxEngine
from runners.clip.engines.onnx_providers import CPU, CUDA, TENSORRT, Place, places
from runners.clip.model_files import ModelFiles, model_in_folder
from runners.clip.prepared import onnx_parts
from runners.clip.prepared.build import NotPrepared, files_as_json, prepare
from runners.clip.prepared.child import run_child
from runners.clip.prepared.folder import Prepared
from runners.clip.prepared.onnx_parts import IMAGE, IMAGE_FP16, TEXT, add_onnx
from runners.clip.prepared.parity import compare, is_admitted
from tests.clip.small_models import vit_config, write_model

ort = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")
pytest.importorskip("runners.clip.quiet_openvino")

NATIVE, OTHER = 64, 96
AT_CPU = Place(CPU, "fp32")
ALL = [TENSORRT, CUDA, CPU]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("onnx")


@pytest.fixture(scope="module")
def files(cache: Path) -> ModelFiles:
    folder = write_model(cache / "model", vit_config(NATIVE))
    return model_in_folder(folder, name="small", model_id="small", sizes=(NATIVE, OTHER))


@pytest.fixture(scope="module")
def prepared(files: ModelFiles, cache: Path) -> Prepared:
    made = prepare(files, cache / "engines")
    assert isinstance(made, Prepared), made
    return made


@pytest.fixture(scope="module")
def parts(prepared: Prepared, files: ModelFiles) -> Path:
    made = add_onnx(prepared, files, half=True)
    assert isinstance(made, Path), made
    return made


@pytest.fixture(scope="module")
def engine(prepared: Prepared, parts: Path) -> OnnxEngine:
    return OnnxEngine(prepared, parts, AT_CPU, threads=2, streams=2)


@pytest.fixture
def chosen(cache: Path) -> Settings:
    return Settings(engine_cache=cache / "engines", device="auto", threads=1)


def squares(size: int, count: int = 3, seed: int = 3) -> np.ndarray[Any, Any]:
    numbers = np.random.default_rng(seed + size).integers(0, 256, (count, size, size, 3))
    return numbers.astype(np.uint8)


class Machine:
    """Stands for ONNX Runtime on a machine with a card: computes on the CPU, notes what it is told.

    `gives` are the providers that a session really gets; None: those it asks for.
    """

    def __init__(self, has: list[str], gives: list[str] | None = None, fails: str = "") -> None:
        self.has, self.gives, self.fails = has, gives, fails
        self.sessions: list[tuple[str, list[tuple[str, dict[str, str]]]]] = []
        self.batches: list[int] = []
        self.real = ort.InferenceSession

    def available(self) -> list[str]:
        return self.has

    def open(self, path: str, **given: Any) -> Session:
        assert given["enable_fallback"] == 0
        self.sessions.append((Path(path).name, given["providers"]))
        if self.fails and given["providers"][0][0] == self.fails:
            raise RuntimeError("CUDA failure 35: the driver is too old\nat line 12")
        asked = [name for name, _ in given["providers"]]
        real = self.real(path, sess_options=given["sess_options"], providers=[CPU])
        return Session(self, real, self.gives or asked)


class Session:
    def __init__(self, machine: Machine, real: Any, providers: list[str]) -> None:
        self.machine, self.real, self.providers = machine, real, providers

    def get_providers(self) -> list[str]:
        return self.providers

    def run(self, outputs: list[str], given: dict[str, Any]) -> Any:
        if "pixels" in given:
            self.machine.batches.append(len(given["pixels"]))
        return self.real.run(outputs, given)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def put(machine: Machine) -> Machine:
        monkeypatch.setattr(ort, "get_available_providers", machine.available)
        monkeypatch.setattr(ort, "InferenceSession", machine.open)
        return machine

    return put


def test_photos_and_texts_are_the_model_s(engine: OnnxEngine, prepared: Prepared) -> None:
    """Rows of photos and prompts are those of open_clip's fp32 forward."""
    kept = prepared.reference
    photos = compare(engine.encode_images(kept.photos), kept.photo_rows, kept.prompt_rows)
    texts = compare(engine.encode_texts(kept.prompts), kept.prompt_rows, kept.photo_rows)
    assert is_admitted(photos, "fp32"), photos.said()
    assert is_admitted(texts, "fp32"), texts.said()


def test_every_size_equals_openvino(engine: OnnxEngine, prepared: Prepared) -> None:
    """At each size the rows equal those of the other engine, and are of unit length."""
    from runners.clip.engines.openvino_engine import OpenVinoEngine

    other = OpenVinoEngine(prepared, precision="fp32", text_precision="fp32", threads=1)
    assert engine.sizes == (NATIVE, OTHER)
    for size in engine.sizes:
        rows = engine.encode_images(squares(size))
        np.testing.assert_allclose(rows, other.encode_images(squares(size)), atol=1e-5)
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_the_narrow_form_is_near_and_not_the_same(prepared: Prepared, parts: Path) -> None:
    """The fp16 tower takes the same inputs, is admitted as fp16, and really is narrower."""
    session = ort.InferenceSession(str(parts / IMAGE_FP16), providers=[CPU])
    kept = prepared.reference
    given = {"pixels": kept.photos, "positions": prepared.positions[NATIVE]}
    rows = session.run(["rows"], given)[0]
    figures = compare(rows, kept.photo_rows, kept.prompt_rows)
    assert is_admitted(figures, "fp16"), figures.said()
    assert rows.dtype == np.float32
    assert not np.array_equal(rows, kept.photo_rows)
    assert (parts / IMAGE_FP16).stat().st_size < 0.6 * (parts / IMAGE).stat().st_size


def test_nothing_in_nothing_out(engine: OnnxEngine) -> None:
    """An empty batch and an empty list give no rows of the right width."""
    assert engine.encode_images(squares(NATIVE, 0)).shape == (0, 32)
    assert engine.encode_texts([]).shape == (0, 32)


@pytest.mark.parametrize(
    "bad",
    [squares(80), squares(NATIVE)[:, :32], squares(NATIVE).astype(np.float32), squares(NATIVE)[0]],
    ids=["another size", "no square", "no bytes", "no batch"],
)
def test_other_shapes_are_refused(engine: OnnxEngine, bad: Any) -> None:
    """Anything but bytes in squares of a size of the model is a ValueError that names the sizes."""
    with pytest.raises(ValueError, match=r"\(64, 96\)"):
        engine.encode_images(bad)


def test_threads_get_their_own_answers(engine: OnnxEngine) -> None:
    """8 threads x 50 calls of mixed sizes, batches and texts answer as one after the other does."""
    calls: list[Any] = [squares((NATIVE, OTHER)[n % 2], 1 + n % 3, seed=n) for n in range(9)]
    calls += [["a cat"], ["a photo of a dog", "a very long way to say that it rains"]]

    def encode(number: int) -> Any:
        given = calls[number % len(calls)]
        texts = isinstance(given, list)
        return engine.encode_texts(given) if texts else engine.encode_images(given)

    serial = [encode(number) for number in range(len(calls))]

    def many(thread: int) -> list[float]:
        numbers = range(thread, thread + 50)
        return [float(np.abs(encode(n) - serial[n % len(calls)]).max()) for n in numbers]

    with ThreadPoolExecutor(8) as pool:
        worst = max(max(each) for each in pool.map(many, range(8)))
    assert worst < 1e-6


def test_memory_that_runs_out_halves_the_batch(
    engine: OnnxEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ONNX Runtime's words for no memory are understood; the batch then goes in halves."""
    state = onnx_session.importlib.import_module("onnxruntime.capi.onnxruntime_pybind11_state")
    whole, encode = engine.encode_images(squares(NATIVE, 4)), engine._encode_squares

    def short_of_memory(batch: Any) -> Any:
        if len(batch) > 1:
            raise state.RuntimeException("BFCArena: Failed to allocate memory for requested buffer")
        return encode(batch)

    monkeypatch.setattr(engine, "_encode_squares", short_of_memory)
    np.testing.assert_allclose(engine.encode_images(squares(NATIVE, 4)), whole, atol=1e-6)
    assert not engine.is_out_of_memory(state.RuntimeException("an illegal instruction"))


def test_serving_imports_neither_torch_nor_open_clip(files: ModelFiles, chosen: Settings) -> None:
    """A process that serves photos and texts through ONNX Runtime never imports the libraries."""
    code = f"""
import sys, numpy as np
from pathlib import Path
from framed.settings import Settings
from runners.clip.engines.onnx_choice import open_on_onnx
from runners.clip.model_files import model_in_folder
files = model_in_folder(Path({str(files.folder)!r}), name="small", model_id="small", sizes=(64, 96))
settings = Settings(engine_cache=Path({str(chosen.engine_folder)!r}), device="cpu")
served, _ = open_on_onnx(files, settings)
served[1].warm_up()
assert not {{"torch", "open_clip", "timm"}} & set(sys.modules), "they came along"
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


class Child:
    """Stands for the process that exports: writes plain files, or fails after the first."""

    def __init__(self, code: int = 0) -> None:
        self.code, self.orders = code, 0

    def __call__(self, module: str, folder: Path, order: dict[str, Any]) -> tuple[int, str]:
        self.orders += 1
        for name in (IMAGE, TEXT, *([IMAGE_FP16] if order["half"] else [])):
            (folder / name).write_bytes(name.encode())
            if self.code:
                break
        return self.code, "the last line"


@pytest.fixture
def elsewhere(prepared: Prepared, tmp_path: Path) -> Prepared:
    """The same facts in an empty folder."""
    return Prepared(tmp_path, prepared.facts, prepared.sizes, prepared.default_size)


def test_parts_are_made_once_and_again_when_damaged(
    elsewhere: Prepared, files: ModelFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole files are left as they are; a damaged, lost or further one has all made anew."""
    child = Child()
    monkeypatch.setattr(onnx_parts, "run_child", child)
    folder = add_onnx(elsewhere, files)
    assert isinstance(folder, Path)
    assert add_onnx(elsewhere, files) == folder
    assert child.orders == 1
    (folder / IMAGE).write_bytes(b"image.onn")
    assert add_onnx(elsewhere, files) == folder
    assert (folder / IMAGE).read_bytes() == IMAGE.encode()
    (folder / TEXT).unlink()
    assert add_onnx(elsewhere, files) == folder
    assert child.orders == 3
    assert add_onnx(elsewhere, files, half=True) == folder
    assert (folder / IMAGE_FP16).is_file()
    add_onnx(elsewhere, files)
    assert child.orders == 4
    assert sorted(path.name for path in elsewhere.folder.iterdir()) == ["onnx", "onnx.lock"]


def test_a_failed_export_leaves_nothing(
    elsewhere: Prepared, files: ModelFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed export is a reason with its last line, and no half-made folder stays."""
    monkeypatch.setattr(onnx_parts, "run_child", Child(code=1))
    made = add_onnx(elsewhere, files)
    assert isinstance(made, NotPrepared)
    assert made.reason.endswith("the last line")
    assert [path.name for path in elsewhere.folder.iterdir()] == ["onnx.lock"]


def test_an_export_that_cannot_load_its_model_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The export ends with status 1, and the reason as its last line."""
    from runners.clip.prepared import make_onnx

    gone = ModelFiles("gone", "gone", (), tmp_path, tmp_path / "gone.safetensors", None, None, "")
    order = json.dumps({"files": files_as_json(gone), "half": False})
    monkeypatch.setattr(sys, "stdin", io.StringIO(order))
    monkeypatch.setattr(sys, "argv", ["make_onnx", str(tmp_path)])
    assert make_onnx.main() == 1
    assert str(tmp_path) in capsys.readouterr().out.splitlines()[-1]


def test_a_process_of_its_own_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A child gets folder and order, its lines are logged as they come, its end is told."""
    (tmp_path / "speaks.py").write_text(
        "import json, sys\nprint('export first')\nprint('a library')\n"
        "print(sys.argv[1], json.loads(sys.stdin.readline())['half'])\n"
        "sys.exit(3)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with caplog.at_level("INFO", "framed.clip.prepared"):
        assert run_child("speaks", tmp_path, {"half": True}) == (3, f"{tmp_path} True")
    assert caplog.messages == ["export first"]  # what libraries say is for those who debug


@pytest.mark.parametrize(
    ("device", "precision", "tensorrt", "expected"),
    [
        ("auto", "auto", True, ["tensorrt fp16", "cuda fp16", "cuda fp32", "cpu fp32"]),
        ("auto", "auto", False, ["cuda fp16", "cuda fp32", "cpu fp32"]),
        ("cuda:1", "fp32", True, ["tensorrt fp32", "cuda fp32"]),
        ("cuda", "bf16", True, ["cuda fp32"]),
        ("cpu", "fp16", True, ["cpu fp32"]),
        ("mps", "auto", True, []),
    ],
)
def test_places_in_order(device: str, precision: str, tensorrt: bool, expected: list[str]) -> None:
    """The places tried follow the settings, fastest first; a device asked for is the only one."""
    found = list(places(device, precision, ALL, tensorrt=tensorrt))
    assert [place.said().removeprefix("onnx ") for place in found] == expected
    if device == "cuda:1":
        assert {place.device for place in found} == {"cuda:1"}


def test_a_cpu_build_is_used_on_the_cpu(files: ModelFiles, chosen: Settings, machine: Any) -> None:
    """Where ONNX Runtime knows no card, `auto` is the CPU and nothing was refused."""
    machine(Machine([CPU]))
    served, refused = open_on_onnx(files, chosen)
    assert served is not None
    assert (served[1].device, served[1].precision, refused) == ("cpu", "fp32", ())


def test_tensorrt_is_told_all_it_needs(
    files: ModelFiles, chosen: Settings, machine: Any, parts: Path
) -> None:
    """Each size gets a session with caches in a folder of its own and bounds for every input."""
    seen = machine(Machine(ALL))
    served, refused = open_on_onnx(files, chosen.model_copy(update={"max_batch": 16}))
    assert served is not None
    prepared, engine = served
    engine.warm_up()
    assert engine.place == Place(TENSORRT, "fp16")
    assert refused == ()
    told = {
        dict(given)[TENSORRT]["trt_profile_max_shapes"]: dict(given)[TENSORRT]
        for name, given in seen.sessions
        if name == IMAGE
    }
    assert set(told) == {
        "pixels:16x64x64x3,positions:17x64",
        "pixels:16x96x96x3,positions:37x64",
    }
    options = told["pixels:16x64x64x3,positions:17x64"]
    assert options["trt_profile_min_shapes"] == "pixels:1x64x64x3,positions:17x64"
    assert options["trt_profile_opt_shapes"] == "pixels:8x64x64x3,positions:17x64"
    assert options["trt_fp16_enable"] == "True"
    assert options["trt_engine_cache_enable"] == options["trt_timing_cache_enable"] == "True"
    folders = {each["trt_engine_cache_path"] for each in told.values()}
    assert len(folders) == 2
    for folder in folders:
        assert prepared.folder.name in folder
        assert Path(folder).is_dir()
        assert Path(folder).is_relative_to(chosen.engine_folder)
    texts = [given for name, given in seen.sessions if name == TEXT]
    assert [given[0][0] for given in texts] == [CUDA]
    assert parts.is_dir()


def test_tensorrt_never_gets_more_than_it_was_built_for(
    prepared: Prepared, parts: Path, machine: Any, tmp_path: Path
) -> None:
    """A batch above the bound goes in pieces, and its rows keep their order."""
    seen = machine(Machine(ALL))
    engine = OnnxEngine(
        prepared, parts, Place(TENSORRT, "fp16"), threads=1, most_at_once=2,
        engine_folder=lambda side: tmp_path / str(side),
    )  # fmt: skip
    rows = engine.encode_images(squares(NATIVE, 5))
    assert seen.batches == [2, 2, 1]
    for row, photo in zip(rows, squares(NATIVE, 5), strict=True):
        np.testing.assert_allclose(row, engine.encode_images(photo[None])[0], atol=1e-5)


@pytest.mark.parametrize(
    "fault", [{"gives": [CPU]}, {"fails": TENSORRT}], ids=["quietly elsewhere", "with an error"]
)
def test_a_place_that_is_not_to_be_had_is_refused(
    files: ModelFiles, chosen: Settings, machine: Any, fault: dict[str, Any]
) -> None:
    """A session that lands elsewhere never serves: its reason is kept, the next place is tried."""
    machine(Machine(ALL, **fault))
    served, refused = open_on_onnx(files, chosen)
    assert served is not None
    assert refused[0].startswith("onnx tensorrt fp16")
    if "gives" in fault:
        assert served[1].place == AT_CPU
        assert len(refused) == 3
        assert CPU in refused[0]
    else:
        assert served[1].place == Place(CUDA, "fp16")
        assert "driver is too old" in refused[0]


def test_without_tensorrt_the_card_runs_the_narrow_form(
    files: ModelFiles, chosen: Settings, machine: Any
) -> None:
    """With TensorRT turned off CUDA serves the fp16 file, with exact fp32 for texts."""
    seen = machine(Machine(ALL))
    served, _ = open_on_onnx(files, chosen, tensorrt=False)
    assert served is not None
    assert served[1].place == Place(CUDA, "fp16")
    served[1].warm_up()
    assert {name for name, _ in seen.sessions} == {IMAGE_FP16, TEXT}
    for _, given in seen.sessions:
        assert [name for name, _ in given] == [CUDA, CPU]
        assert dict(given)[CUDA]["use_tf32"] == "0"


def test_a_verdict_refuses_the_place(
    files: ModelFiles,
    chosen: Settings,
    machine: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An engine whose rows are not the model's is refused with its figure; the next one serves.
    That is a warning when it is found, and none at the starts after that."""
    machine(Machine(ALL))
    monkeypatch.setattr(onnx_choice, "_cards_name", lambda: "a card that computes nonsense")
    encode = OnnxEngine._encode_squares

    def nonsense(self: OnnxEngine, batch: Any) -> Any:
        rows = encode(self, batch)
        return rows if self.precision == "fp32" else rows[:, ::-1]

    monkeypatch.setattr(OnnxEngine, "_encode_squares", nonsense)
    served, refused = open_on_onnx(files, chosen)
    assert served is not None
    assert served[1].place == Place(CUDA, "fp32")
    assert [reason.split(":")[0] for reason in refused] == ["onnx tensorrt fp16", "onnx cuda fp16"]
    assert all("centred" in reason for reason in refused)
    assert [line.levelname for line in _refusals(caplog)] == ["WARNING"] * 2
    caplog.clear()
    with caplog.at_level("INFO", "framed.clip"):
        assert open_on_onnx(files, chosen)[1] == refused
    assert [line.levelname for line in _refusals(caplog)] == ["INFO"] * 2


def _refusals(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [line for line in caplog.records if "the next engine is tried" in line.msg]


def test_a_form_that_there_is_not_is_said(files: ModelFiles, chosen: Settings) -> None:
    """int8 is not served by ONNX Runtime: fp32 is, and the reason is kept."""
    asked = chosen.model_copy(update={"precision": "int8", "device": "cpu"})
    served, refused = open_on_onnx(files, asked)
    assert served is not None
    assert served[1].precision == "fp32"
    assert "int8" in refused[0]


def test_a_device_that_it_does_not_know(files: ModelFiles, chosen: Settings) -> None:
    """A card asked for from a build without CUDA is a refusal that says what to install."""
    served, refused = open_on_onnx(files, chosen.model_copy(update={"device": "cuda:0"}))
    if CUDA not in ort.get_available_providers():
        assert served is None
        assert "onnxruntime-gpu" in refused[0]


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without onnxruntime the message says what to install."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(StartupError, match="pip install onnxruntime"):
        onnx_providers.onnx_runtime()


def test_engines_of_other_versions_lie_elsewhere(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Size, precision, bound, versions and card each have a folder of their own."""
    place = Place(TENSORRT, "fp16")
    found = {
        onnx_choice.tensorrt_folder(prepared, place, 64, most=8),
        onnx_choice.tensorrt_folder(prepared, place, 96, most=8),
        onnx_choice.tensorrt_folder(prepared, place, 64, most=16),
        onnx_choice.tensorrt_folder(prepared, Place(TENSORRT, "fp32"), 64, most=8),
    }
    monkeypatch.setattr(onnx_choice, "_tensorrt_version", lambda: "11.0")
    found.add(onnx_choice.tensorrt_folder(prepared, place, 64, most=8))
    monkeypatch.setattr(onnx_choice, "_cards_name", lambda: "another card")
    found.add(onnx_choice.tensorrt_folder(prepared, place, 64, most=8))
    assert len(found) == 6
