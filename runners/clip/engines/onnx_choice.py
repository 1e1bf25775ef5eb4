"""The best place where ONNX Runtime may serve a checkpoint on this machine."""

from __future__ import annotations

import hashlib
import logging
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from framed.cpus import granted_cpus
from framed.errors import StartupError
from framed.settings import Settings
from runners.clip.engines.hardware import cpu_name
from runners.clip.engines.onnx_engine import OnnxEngine
from runners.clip.engines.onnx_providers import CPU, CUDA, INSTALL_CUDA, Place, onnx_runtime, places
from runners.clip.model_files import ModelFiles
from runners.clip.prepared.admission import judge_photos, judge_texts
from runners.clip.prepared.build import NotPrepared, prepare
from runners.clip.prepared.folder import PREFIXED, Prepared
from runners.clip.prepared.onnx_parts import add_onnx

logger = logging.getLogger("framed.clip")

MOST_AT_ONCE = 32  # photos in one call on a card, unless the settings say otherwise
_CARDS = Path("/proc/driver/nvidia/gpus")
_TENSORRT_PACKAGES = ("tensorrt", "tensorrt-cu13", "tensorrt-cu12")


def open_on_onnx(
    files: ModelFiles, settings: Settings, *, tensorrt: bool = True
) -> tuple[tuple[Prepared, OnnxEngine] | None, tuple[str, ...]]:
    """The prepared checkpoint and the first engine that is admitted, best first, or None; and why
    each better one was refused. `tensorrt` is whether it may be used where it is there.

    Raises `StartupError` where onnxruntime is not installed.
    """
    there = onnx_runtime().get_available_providers()
    wanted = list(places(settings.device, settings.precision, there, tensorrt=tensorrt))
    if not wanted:
        return None, (f"onnx: it has nothing for the device {settings.device}; {INSTALL_CUDA}",)
    made = prepare_for_onnx(files, settings, wanted)
    if isinstance(made, NotPrepared):
        return None, (f"onnx: {made.reason}",)
    prepared, parts = made
    formless = settings.precision == "bf16" or settings.wants_int8
    refused = [_no_such_form(settings.precision)] if formless else []
    for place in wanted:
        engine = _admitted(prepared, parts, place, settings)
        if isinstance(engine, OnnxEngine):
            return (prepared, engine), tuple(refused)
        refused.append(engine)
    return None, tuple(refused)


def prepare_for_onnx(
    files: ModelFiles, settings: Settings, wanted: list[Place]
) -> tuple[Prepared, Path] | NotPrepared:
    """The prepared checkpoint and its folder of ONNX files, with all that these places need."""
    prepared = prepare(files, settings.engine_folder)
    if isinstance(prepared, NotPrepared):
        return prepared
    if prepared.texts != PREFIXED:
        return NotPrepared("texts of this model have no such form; OpenVINO and PyTorch serve it")
    half = any(place.provider == CUDA and place.precision == "fp16" for place in wanted)
    parts = add_onnx(prepared, files, half=half)
    return parts if isinstance(parts, NotPrepared) else (prepared, parts)


def engine_at(prepared: Prepared, parts: Path, place: Place, settings: Settings) -> OnnxEngine:
    """The engine at one place, not yet judged. Raises `StartupError` where it cannot be had."""
    return OnnxEngine(
        prepared,
        parts,
        place,
        threads=settings.threads or granted_cpus(),
        streams=settings.streams,
        most_at_once=settings.max_batch or MOST_AT_ONCE,
        engine_folder=partial(
            tensorrt_folder, prepared, place, most=settings.max_batch or MOST_AT_ONCE
        ),
    )


def tensorrt_folder(prepared: Prepared, place: Place, side: int, *, most: int) -> Path:
    """Where the TensorRT engine lies that runs these weights at one size and precision, for at most
    `most` photos, in these versions and on this card.

    TensorRT would take an engine of another model for its own where their graphs are named alike.
    """
    facts = f"{_runtime_version()} {_tensorrt_version()} {_cards_name()} {place.card}"
    kind = hashlib.sha256(facts.encode()).hexdigest()[:12]
    name = f"{side}px-{place.precision}-{most}-{kind}"
    own = prepared.machines_own
    return own.with_name(f"{own.name}.tensorrt") / name


def _admitted(
    prepared: Prepared, parts: Path, place: Place, settings: Settings
) -> OnnxEngine | str:
    """The engine at `place`, or why it may not serve, which is logged."""
    make = cache(partial(engine_at, prepared, parts, place, settings))  # not for a known refusal
    machine = _machine(place)
    try:
        photos = judge_photos(
            prepared, machine, place.precision, lambda squares: make().encode_images(squares)
        )
        if not photos.admitted:
            return _refusal(f"{place.said()}: {photos.figures.said()}", photos.level)
        engine = make()
        texts = judge_texts(prepared, machine, engine.text_precision, engine.encode_texts)
    except StartupError as error:
        return _refusal(str(error), logging.WARNING)
    if texts.admitted:
        return engine
    return _refusal(f"{place.said()} for texts: {texts.figures.said()}", texts.level)


def _refusal(reason: str, level: int) -> str:
    logger.log(level, "refused, the next engine is tried: %s", reason)
    return reason


def _no_such_form(precision: str) -> str:
    return f"onnx {precision}: there is no such form for ONNX Runtime"


def _machine(place: Place) -> str:
    device = (
        cpu_name() if place.provider == CPU else f"{_cards_name()}, TensorRT {_tensorrt_version()}"
    )
    return f"onnx {_runtime_version()}, {place.provider}, {device}"


def _runtime_version() -> str:
    return str(onnx_runtime().__version__)


def _tensorrt_version() -> str:
    for package in _TENSORRT_PACKAGES:
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return "of the system"


def _cards_name() -> str:
    """The models of this machine's cards: an engine built on one is of no use on another."""
    names = set()
    for facts in sorted(_CARDS.glob("*/information")):
        lines = facts.read_text(encoding="utf-8", errors="replace").splitlines()
        names |= {line.partition(":")[2].strip() for line in lines if line.startswith("Model:")}
    return ", ".join(sorted(names)) or "an unnamed card"
