"""`python -m framed export`: onnx, tensorrt and both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framed.__main__ import main
from framed.settings import settings
from runners.clip.engines.onnx_engine import OnnxEngine
from runners.clip.engines.onnx_providers import CPU, CUDA, TENSORRT

ort = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")
pytest.importorskip("runners.clip.quiet_openvino")


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings of a machine without a card; prepared models lie in the folder of all tests."""
    monkeypatch.setenv("FRAMED_DEVICE", "auto")
    monkeypatch.setenv("FRAMED_MODEL", "mini")
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """ONNX Runtime as on a machine with TensorRT, which builds an engine and computes on the CPU;
    holds what TensorRT was told, session by session."""
    told: list[dict[str, str]] = []
    real = ort.InferenceSession

    class Session:
        def __init__(self, path: str, **given: Any) -> None:
            self.real = real(path, sess_options=given["sess_options"], providers=[CPU])
            self.providers = [name for name, _ in given["providers"]]
            if options := dict(given["providers"]).get(TENSORRT):
                told.append(options)
                (Path(options["trt_engine_cache_path"]) / "made.engine").write_bytes(b"engine")

        def get_providers(self) -> list[str]:
            return self.providers

        def run(self, outputs: list[str], given: dict[str, Any]) -> Any:
            return self.real.run(outputs, given)

    monkeypatch.setattr(ort, "get_available_providers", lambda: [TENSORRT, CUDA, CPU])
    monkeypatch.setattr(ort, "InferenceSession", Session)
    return told


def test_onnx_writes_and_checks(capsys: pytest.CaptureFixture[str], engine_folder: str) -> None:
    """The files are written with progress, held against the model, and said where they are."""
    assert main(["export", "onnx"]) == 0
    shown = capsys.readouterr().out
    written = list(Path(engine_folder).rglob("image.onnx"))
    assert len(written) == 1
    assert str(written[0].parent) in shown
    assert "parity of photos: cosine 1.0000" in shown
    assert "parity of texts:  cosine 1.0000" in shown
    assert f"FRAMED_ENGINE_CACHE={engine_folder}" in shown


def test_tensorrt_builds_every_size(
    capsys: pytest.CaptureFixture[str], card: list[dict[str, str]], engine_folder: str
) -> None:
    """With TensorRT at hand an engine is built for each size, and checked as the server would."""
    assert main(["export", "tensorrt", "--precision", "fp16", "--max-batch", "4"]) == 0
    shown = capsys.readouterr().out
    assert [each["trt_profile_max_shapes"] for each in card] == ["pixels:4x224x224x3"]
    assert "size 1/1" in shown
    assert "224 px on onnx tensorrt fp16" in shown
    assert ".tensorrt" in shown
    assert engine_folder in shown


@pytest.mark.parametrize("action", ["tensorrt", "pipeline"])
def test_without_tensorrt_it_says_what_to_install(
    action: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where ONNX Runtime knows no TensorRT, nothing is exported and the message says what helps."""
    monkeypatch.setattr(ort, "get_available_providers", lambda: [CPU])
    assert main(["export", action, "--into", str(tmp_path / "cache")]) == 1
    shown = capsys.readouterr().err
    assert "onnxruntime-gpu" in shown
    assert "Traceback" not in shown
    assert not (tmp_path / "cache").exists()


def test_tensorrt_on_the_cpu_is_refused(
    capsys: pytest.CaptureFixture[str], card: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that TensorRT does not run on is named, though TensorRT is there."""
    monkeypatch.setenv("FRAMED_DEVICE", "cpu")
    settings.cache_clear()
    assert main(["export", "tensorrt"]) == 1
    assert "cpu" in capsys.readouterr().err
    assert card == []


def test_pipeline_stops_at_a_bad_parity(
    capsys: pytest.CaptureFixture[str],
    card: list[dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """ONNX files whose vectors are not the model's end the pipeline before TensorRT, with 1."""
    encode = OnnxEngine.encode_images

    def reversed_rows(self: OnnxEngine, batch: Any) -> Any:
        return np.ascontiguousarray(encode(self, batch)[:, ::-1])

    monkeypatch.setattr(OnnxEngine, "encode_images", reversed_rows)
    assert main(["export", "pipeline"]) == 1
    assert "0.99" in capsys.readouterr().err
    assert card == []


def test_pipeline_does_both(capsys: pytest.CaptureFixture[str], card: list[dict[str, str]]) -> None:
    """The pipeline checks the ONNX files, builds the engines and checks them too."""
    assert main(["export", "pipeline"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("parity of photos") == 2
    assert shown.index("onnx cpu fp32") < shown.index("onnx tensorrt fp16")
    assert len(card) == 1


def test_an_absent_model_is_one_message(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A model that is not on this machine is named, with exit code 1; the flag wins."""
    monkeypatch.setenv("FRAMED_MODELS", "mini")
    monkeypatch.setenv("FRAMED_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    settings.cache_clear()
    assert main(["export", "onnx", "--model", "openai-b32"]) == 1
    assert "openai-b32" in capsys.readouterr().err


@pytest.mark.parametrize("count", ["0", "257", "many"])
def test_a_wrong_count_is_refused(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A number of photos out of bounds is a wrong call."""
    with pytest.raises(SystemExit) as ended:
        main(["export", "tensorrt", "--max-batch", count])
    assert ended.value.code == 2
    assert "--max-batch" in (said := capsys.readouterr().err)
    assert "whole number from 1 to 256" in said
