"""OpenVINO gives open_clip's numbers, without torch, from any number of threads."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("runners.clip.quiet_openvino", reason="OpenVINO is not for this CPU")

from runners.clip.engines import openvino_choice
from runners.clip.engines.openvino_choice import open_on_openvino
from runners.clip.engines.openvino_engine import OpenVinoEngine
from runners.clip.engines.torch_engine import TorchEngine
from runners.clip.models import load, locate
from runners.clip.prepared.build import prepare
from runners.clip.prepared.folder import Prepared
from runners.clip.prepared.speed import Speed
from tests.clip.small_models import vit_config, write_model
from tests.fakes import chosen

ROOT = Path(__file__).parents[2]
DICE = np.random.default_rng(6)
TEXTS = ["a cat", "a photo of a dog", "", "x" * 500, "<end_of_text> behind", "größe 猫 🐈", "a cat"]


@pytest.fixture(scope="module")
def vit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random vision transformer that looks at 224 and at 336, with QuickGELU."""
    return write_model(tmp_path_factory.mktemp("vit"), vit_config(336, quick_gelu=True))


@pytest.fixture(scope="module")
def prepared(vit: Path, engine_folder: str) -> Prepared:
    made = prepare(locate(f"local-dir:{vit}", ROOT / "config", vit), Path(engine_folder), int8=True)
    assert isinstance(made, Prepared)
    return made


def engine_of(prepared: Prepared, precision: str = "fp32", **options: int) -> OpenVinoEngine:
    return OpenVinoEngine(
        prepared, precision=precision, text_precision="fp32", **{"threads": 2, **options}
    )


@pytest.fixture(scope="module")
def engine(prepared: Prepared) -> OpenVinoEngine:
    return engine_of(prepared)


@pytest.fixture(scope="module")
def reference(vit: Path) -> TorchEngine:
    loaded = load(locate(f"local-dir:{vit}", ROOT / "config", vit))
    return TorchEngine(loaded, device="cpu", precision="fp32", threads=2)


def squares(count: int, side: int) -> np.ndarray:
    return DICE.integers(0, 256, (count, side, side, 3), np.uint8)


@pytest.mark.parametrize("side", [224, 336])
def test_photos_are_open_clips(engine: OpenVinoEngine, reference: TorchEngine, side: int) -> None:
    """Unit rows equal to the reference engine's at every size, alone and in a batch."""
    batch = squares(3, side)
    rows = engine.encode_images(batch)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, reference.encode_images(batch), atol=2e-5)
    np.testing.assert_allclose(rows[1:2], engine.encode_images(batch[1:2]), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_texts_are_open_clips(engine: OpenVinoEngine, reference: TorchEngine) -> None:
    """Also empty ones, long ones, and those that spell the end token."""
    np.testing.assert_allclose(engine.encode_texts(TEXTS), reference.encode_texts(TEXTS), atol=2e-5)


def test_many_prompts_share_their_beginnings(
    engine: OpenVinoEngine, reference: TorchEngine
) -> None:
    """What is computed once for a template gives the same rows as each prompt alone."""
    prompts = [f"a photo of a {name}" for name in map(str, range(60))] + TEXTS
    np.testing.assert_allclose(
        engine.encode_texts(prompts), reference.encode_texts(prompts), atol=2e-5
    )
    chunks = engine.arrange_texts(prompts, 48)
    assert sorted(text for chunk in chunks for text in chunk) == sorted(prompts)
    assert max(map(len, chunks)) <= 48


@pytest.mark.parametrize("streams", [1, 2])
def test_threads_get_their_own_answers(prepared: Prepared, streams: int) -> None:
    """8 threads x 50 calls of mixed sizes and texts give the serial rows."""
    engine = engine_of(prepared, streams=streams)
    batches = [squares(1 + n % 2, (224, 336)[n % 2]) for n in range(6)]
    alone = [engine.encode_images(batch) for batch in batches]
    words = [engine.encode_texts([text]) for text in TEXTS]

    def call(number: int) -> bool:
        if number % 10 == 9:
            place = number % len(TEXTS)
            return np.allclose(engine.encode_texts([TEXTS[place]]), words[place], atol=1e-6)
        place = number % len(batches)
        return np.allclose(engine.encode_images(batches[place]), alone[place], atol=1e-6)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(call, range(400)))


def test_other_pictures_are_refused(engine: OpenVinoEngine) -> None:
    """Another size, shape or type is the caller's mistake; no photos are no rows."""
    for wrong in (squares(1, 100), squares(1, 224)[0], squares(1, 224).astype(np.float32)):
        with pytest.raises(ValueError, match="pictures must be"):
            engine.encode_images(wrong)
    assert engine.encode_images(np.empty((0, 224, 224, 3), np.uint8)).shape == (0, 32)


def test_int8_is_near(prepared: Prepared, engine: OpenVinoEngine) -> None:
    """The smoothed int8 tower stays by the exact one."""
    photos = prepared.reference.photos
    exact = engine_of(prepared).encode_images(photos)
    near = engine_of(prepared, "int8").encode_images(photos)
    assert (exact * near).sum(axis=1).min() > 0.99


def test_an_engine_is_chosen_by_its_figures(vit: Path, engine_folder: str) -> None:
    """Whatever is asked for, one that is admitted serves, and each better one has its reason."""
    files = locate(f"local-dir:{vit}", ROOT / "config", vit)
    for asked in ("auto", "int8", "int8-always", "fp32"):
        settings = chosen(precision=asked, engine_cache=Path(engine_folder), threads=1)
        served, refused = open_on_openvino(files, settings)
        assert served is not None
        assert served[1].precision == asked.removesuffix("-always") or asked == "auto" or refused
        slow = [reason for reason in refused if "x the speed of" in reason]
        assert not slow or asked == "int8"
        assert all("cosine" in reason for reason in refused if reason not in slow)


@pytest.mark.parametrize(
    ("asked", "times", "serves"),
    [("int8", 0.84, False), ("int8", 1.5, True), ("int8-always", 0.84, True)],
)
def test_int8_serves_where_it_is_faster_or_insisted_on(
    asked: str,
    times: float,
    serves: bool,
    vit: Path,
    engine_folder: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A slower one is refused, with its figure, in favour of what would have served without it."""
    monkeypatch.setattr(openvino_choice, "compare_speed", lambda *_: Speed(times))
    monkeypatch.setattr(openvino_choice, "lacks_vnni", lambda: True)
    files = locate(f"local-dir:{vit}", ROOT / "config", vit)
    settings = chosen(precision=asked, engine_cache=Path(engine_folder), threads=1)
    served, refused = open_on_openvino(files, settings)
    assert served is not None
    assert (served[1].precision == "int8") is serves
    if not serves:
        words = f"int8: 0.84 x the speed of {served[1].precision} on this CPU, which has no VNNI"
        assert f"openvino {words}" in refused


def test_serving_needs_no_torch(engine_folder: str, tmp_path: Path) -> None:
    """The embedded model encodes photos and words in a process that imports none of the heavy."""
    code = (
        "import sys, numpy as np; from framed.settings import settings; "
        "from runners.clip.models import default_model; "
        "from runners.clip.opening import open_model; "
        "files = default_model(settings()); "
        "engine = open_model(files, settings()).engine; engine.warm_up(); "
        "engine.encode_texts(['a cat']); "
        "heavy = {'torch', 'open_clip', 'timm', 'transformers', 'openvino_telemetry'}; "
        "print(engine.name, *sorted(heavy & {n for n, m in sys.modules.items() if m}))"
    )
    env = {**os.environ, "FRAMED_ENGINE_CACHE": engine_folder, "FRAMED_CACHE_DIR": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, timeout=300
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == ["openvino"]
