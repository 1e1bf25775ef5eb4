"""Where ONNX Runtime may run a model, and what its providers are told there.

ONNX Runtime calls each kind of device an execution provider, TensorRT being one beside CUDA.
"""

from __future__ import annotations

import importlib
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framed.errors import StartupError

CPU, CUDA, TENSORRT = "CPUExecutionProvider", "CUDAExecutionProvider", "TensorrtExecutionProvider"
_SHORT = {CPU: "cpu", CUDA: "cuda", TENSORRT: "tensorrt"}

INSTALL = "pip install onnxruntime onnx"
INSTALL_CUDA = "on a machine with an NVIDIA card: pip install 'onnxruntime-gpu[cuda,cudnn]' onnx"
INSTALL_TENSORRT = f"{INSTALL_CUDA}, and tensorrt in the version that its release notes name"

Options = dict[str, str]


@dataclass(frozen=True)
class Place:
    """An execution provider, the number of its card, and the number format it is to compute in."""

    provider: str
    precision: str
    card: int = 0

    @property
    def device(self) -> str:
        """The device as settings name it."""
        return "cpu" if self.provider == CPU else f"cuda:{self.card}"

    def said(self) -> str:
        """For log and `/info`: "onnx cuda fp16"."""
        return f"onnx {_SHORT[self.provider]} {self.precision}"


@dataclass(frozen=True)
class EngineShapes:
    """For TensorRT: the folder that keeps its engines, and the input shapes they are built for."""

    folder: Path
    least: str
    usual: str
    most: str


def onnx_runtime() -> Any:
    """The module onnxruntime, imported now. Raises `StartupError` where it is not installed."""
    try:
        return importlib.import_module("onnxruntime")
    except ImportError as error:
        raise StartupError(
            f"The engine onnx needs the package onnxruntime ({error}): {INSTALL}; {INSTALL_CUDA}"
        ) from None


def places(
    device: str, precision: str, available: Container[str], *, tensorrt: bool
) -> Iterator[Place]:
    """The places to try, best first, for the settings `device` and `precision`.

    `available` are the providers at hand; `tensorrt` is whether TensorRT may be one of them.
    """
    kind, _, number = device.partition(":")
    card = int(number or 0)
    if kind in ("auto", "cuda"):
        half = precision in ("auto", "fp16")
        if tensorrt and TENSORRT in available and precision in ("auto", "fp16", "fp32"):
            yield Place(TENSORRT, "fp16" if half else "fp32", card)
        if CUDA in available:
            if half:
                yield Place(CUDA, "fp16", card)
            yield Place(CUDA, "fp32", card)
    if kind in ("auto", "cpu"):
        yield Place(CPU, "fp32")


def providers_at(place: Place, shapes: EngineShapes | None = None) -> list[tuple[str, Options]]:
    """What a session at `place` is created with; TensorRT needs `shapes`."""
    if place.provider == CPU:
        return [(CPU, {})]
    behind = [(CUDA, _cuda(place)), (CPU, {})]  # for the few operations that TensorRT lacks
    return behind if shapes is None else [(TENSORRT, _tensorrt(place, shapes)), *behind]


def engine_shapes(
    folder: Path, side: int, positions: tuple[int, ...] | None, most: int
) -> EngineShapes:
    """Shapes for squares of one `side`, 1 to `most` at once, and the positional table's shape."""

    def shapes(count: int) -> str:
        pixels = f"pixels:{count}x{side}x{side}x3"
        table = f",positions:{'x'.join(map(str, positions))}" if positions else ""
        return pixels + table

    return EngineShapes(folder, shapes(1), shapes(min(8, most)), shapes(most))


def _cuda(place: Place) -> Options:
    return {
        "device_id": str(place.card),
        "use_tf32": "0",  # fp32 is to be exact
        "arena_extend_strategy": "kSameAsRequested",  # not the next power of two
        "cudnn_conv_algo_search": "HEURISTIC",  # else every new batch size is tried out at length
    }


def _tensorrt(place: Place, shapes: EngineShapes) -> Options:
    return {
        "device_id": str(place.card),
        "trt_fp16_enable": str(place.precision == "fp16"),
        "trt_engine_cache_enable": "True",
        "trt_engine_cache_path": str(shapes.folder),
        "trt_timing_cache_enable": "True",
        "trt_timing_cache_path": str(shapes.folder),
        "trt_profile_min_shapes": shapes.least,
        "trt_profile_opt_shapes": shapes.usual,
        "trt_profile_max_shapes": shapes.most,
    }
