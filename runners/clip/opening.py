"""A model behind the best engine: the same for the server and a check."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from framed.cpus import granted_cpus
from framed.errors import StartupError
from framed.extras import AbsentError, absence, is_there, require
from framed.settings import Settings
from runners.clip.engines.contract import Engine
from runners.clip.engines.hardware import may_have_accelerator
from runners.clip.model_files import PREPARED
from runners.clip.models import ModelFacts, ModelFiles
from runners.clip.prepared.build import unpreparable

logger = logging.getLogger("framed.clip")


@dataclass(frozen=True)
class OpenModel:
    """A model's files and facts, and the engine that runs it (not yet warmed up).

    `refused` says of each better engine why it does not serve.
    """

    files: ModelFiles
    facts: ModelFacts
    engine: Engine
    refused: tuple[str, ...] = ()


def open_model(files: ModelFiles, settings: Settings) -> OpenModel:
    """A model on the device, in the precision and with the threads that `settings` ask for.

    Takes seconds, and once for each checkpoint a minute or so. Raises `StartupError` for a model,
    an engine or a device that is not to be had.
    """
    _check_combination(settings)
    if settings.engine == "onnx":
        return _on_onnx(files, settings)
    if not _is_for_openvino(settings):
        return _on_torch(files, settings, ())
    opened, refused = _on_openvino(files, settings)
    if opened is not None:
        return opened
    if settings.engine == "openvino":
        raise StartupError(f"OpenVINO cannot serve {files.name}: {'; '.join(refused)}.")
    if not is_there() and is_there(("onnxruntime",)):
        return _on_onnx(files, settings)
    return _on_torch(files, settings, refused)


def check_openable(files: ModelFiles, settings: Settings) -> None:
    """Raises `StartupError` where it is certain before anything is loaded that `open_model` would:
    for what needs packages that are not installed."""
    _check_combination(settings)
    if settings.engine == "torch" and files.form == PREPARED:
        raise StartupError(_only_prepared(files, ()))
    if settings.engine == "onnx":
        require(("onnxruntime",), f"Serving {files.name} on ONNX Runtime", extra="onnx")
    if is_there():
        return
    if settings.engine == "torch" or (settings.engine == "auto" and not _is_for_openvino(settings)):
        raise AbsentError(_no_engine(files, settings, ()))
    if reason := unpreparable(files, settings.engine_folder):
        raise AbsentError(_no_engine(files, settings, (reason,)))


def _check_combination(settings: Settings) -> None:
    """Raises StartupError for settings that no engine could follow together."""
    engine, device, precision = settings.engine, settings.device, settings.precision
    if engine == "openvino" and device not in ("auto", "cpu"):
        raise StartupError(f"FRAMED_ENGINE=openvino runs on the CPU, not on {device}.")
    if engine == "openvino" and precision == "fp16":
        raise StartupError("FRAMED_ENGINE=openvino knows fp32, bf16 and int8, not fp16.")
    if engine == "torch" and settings.wants_int8:
        raise StartupError(
            f"FRAMED_PRECISION={precision} is OpenVINO's; FRAMED_ENGINE=torch has none."
        )


def _is_for_openvino(settings: Settings) -> bool:
    if settings.engine == "openvino":
        return True
    on_cpu = settings.device == "cpu" or (settings.device == "auto" and not _has_accelerator())
    return settings.engine == "auto" and on_cpu and settings.precision != "fp16"


def _has_accelerator() -> bool:
    """Whether it is worth asking torch for one; without torch there is nobody to ask."""
    if not may_have_accelerator():
        return False
    if not is_there():
        logger.warning("%s; the CPU serves.", absence("the accelerator of this machine"))
        return False
    return True


def _on_openvino(files: ModelFiles, settings: Settings) -> tuple[OpenModel | None, tuple[str, ...]]:
    try:
        from runners.clip.engines.openvino_choice import open_on_openvino
    except ImportError as error:  # there is none for this kind of CPU
        return None, (f"openvino: {error}",)
    served, refused = open_on_openvino(files, settings)
    if served is None:
        return None, refused
    prepared, engine = served
    return OpenModel(files, prepared.facts, engine, refused), refused


def _on_onnx(files: ModelFiles, settings: Settings) -> OpenModel:
    from runners.clip.engines.onnx_choice import open_on_onnx

    served, refused = open_on_onnx(files, settings, tensorrt=settings.tensorrt)
    if served is None:
        raise StartupError(f"ONNX Runtime cannot serve {files.name}: {'; '.join(refused)}.")
    prepared, engine = served
    return OpenModel(files, prepared.facts, engine, refused)


def _on_torch(files: ModelFiles, settings: Settings, refused: tuple[str, ...]) -> OpenModel:
    if files.form == PREPARED:
        raise StartupError(_only_prepared(files, refused))
    if not is_there():
        raise AbsentError(_no_engine(files, settings, refused))
    from runners.clip.engines.torch_choice import open_on_torch
    from runners.clip.models import load

    loaded = load(files)
    if settings.wants_int8:
        refused = (*refused, "torch int8: only OpenVINO has this form")
    engine = open_on_torch(
        loaded,
        device=settings.device,
        precision="auto" if settings.wants_int8 else settings.precision,
        threads=settings.threads or max(1, granted_cpus() - 1),
    )
    return OpenModel(files, loaded.facts, engine, refused)


def _no_engine(files: ModelFiles, settings: Settings, refused: tuple[str, ...]) -> str:
    if refused:
        return f"{files.name} cannot be served: {'; '.join(refused)}."
    asked = settings.engine if settings.engine != "auto" else settings.device
    return f"{absence(f'Serving {files.name} on {asked}')}."


def _only_prepared(files: ModelFiles, refused: tuple[str, ...]) -> str:
    """PyTorch needs the checkpoint itself, which a prepared folder has left behind."""
    why = "; ".join(refused) or "PyTorch needs the model's own files, and this folder is prepared"
    return f"{files.name} in {files.folder} cannot be served: {why}."
