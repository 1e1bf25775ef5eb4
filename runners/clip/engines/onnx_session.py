"""A graph opened by ONNX Runtime where it was asked for, or not at all."""

from __future__ import annotations

import importlib
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from framed.errors import StartupError
from runners.clip.engines.onnx_providers import (
    CPU,
    TENSORRT,
    EngineShapes,
    Place,
    onnx_runtime,
    providers_at,
)

_ERRORS = 3  # the least that it writes to standard error


def open_session(
    graph: Path,
    place: Place,
    *,
    threads: int,
    shapes: EngineShapes | None = None,
    arena: bool = True,
) -> Any:
    """The session of an ONNX file at `place`, with `threads` threads of the CPU.

    `shapes` are needed for TensorRT. Without `arena` no memory is kept between calls. Raises
    `StartupError` where it does not open there: ONNX Runtime itself would quietly go to the CPU.
    """
    runtime = onnx_runtime()
    _load_libraries(runtime, place)
    faults: tuple[type[Exception], ...] = (*onnx_errors(), RuntimeError, ValueError)
    try:
        session = runtime.InferenceSession(
            str(graph),
            sess_options=_options(runtime, threads=threads, arena=arena),
            providers=providers_at(place, shapes),
            enable_fallback=0,
        )
    except faults as error:
        raise StartupError(
            f"{place.said()} cannot run {graph.name}: {_first_line(error)}"
        ) from error
    if (given := session.get_providers()[0]) != place.provider:
        raise StartupError(
            f"{place.said()} is not to be had: ONNX Runtime has it, but gave {given}; what it "
            "misses (a library, a driver, a card) is in its lines on standard error"
        )
    return session


@cache
def onnx_errors() -> tuple[type[Exception], ...]:
    """The types of error that ONNX Runtime raises; they have no ancestor of their own."""
    state = importlib.import_module("onnxruntime.capi.onnxruntime_pybind11_state")
    return tuple(
        kind
        for kind in vars(state).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    )


def _options(runtime: Any, *, threads: int, arena: bool) -> Any:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = max(1, threads)
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = arena
    options.log_severity_level = _ERRORS
    # threads that wait for work give the CPU to the other processes
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _load_libraries(runtime: Any, place: Place) -> None:
    """CUDA's and TensorRT's libraries, from where pip puts them."""
    if place.provider == CPU:
        return
    if hasattr(runtime, "preload_dlls"):
        runtime.preload_dlls(directory="")  # never those that come with torch
    if place.provider == TENSORRT:
        with suppress(ImportError):  # then they are the system's
            importlib.import_module("tensorrt")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
