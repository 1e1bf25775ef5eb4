"""Which models are served, by which engine, on which device."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import NoDecode

from framed.settings.commas import split_at_commas

_ENGINE_FILES = (".engine", ".trt", ".plan", ".onnx")


class Models(BaseModel):
    """Which models are served, by which engine, on which device."""

    model: str = Field(
        "mini",
        description="Model to serve: a preset, an alias, `hf-hub:owner/name`, a folder "
        "(open_clip's form, transformers' or a prepared one), or "
        "`architecture:weights.safetensors`.",
    )
    models: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Several models at once, comma-separated; the first is the default. Empty: "
        "the one that `FRAMED_MODEL` names.",
    )
    encoder_model: str | None = Field(
        None, description="Model of `/encode_image` and `/encode_text`; none: the default model."
    )
    embed_model: str | None = Field(
        None,
        description="Model of `/embed`, `/anomaly-score`, `/similarity`, `/batch-similarity`, "
        "`/v1/embeddings`, and of `/predict` where the one named there is not served; none: the "
        "default model.",
    )
    preload: bool = Field(
        False,
        description="`True`: load every model at the start; else the default one, and each other "
        "when it is first asked for.",
    )
    model_idle: float = Field(
        0.0,
        ge=0,
        description="Seconds without a request after which a model that is not the default one is "
        "unloaded; 0: never.",
    )
    engine: Literal["auto", "openvino", "onnx", "torch"] = Field(
        "auto",
        description="What runs the model; `auto`: torch on a GPU, OpenVINO on x86 CPUs, else "
        "torch (ONNX Runtime where that is not installed). `onnx` is ONNX Runtime (the extra "
        "`onnx`).",
    )
    tensorrt: bool = Field(
        True,
        description="Whether the engine `onnx` may use TensorRT, where there is one.",
    )
    device: str = Field(
        "auto",
        description="`auto` (CUDA, else MPS, else CPU), `cpu`, `mps`, `cuda` (every GPU in "
        "sight) or `cuda:N` (that one).",
    )
    precision: Literal["auto", "fp32", "fp16", "bf16", "int8", "int8-always"] = Field(
        "auto",
        description="Number format of the model; `auto`: fp16 on CUDA, on CPUs the first of bf16 "
        "(where they have it) and fp32 that is exact enough. `int8`: where it is faster on this "
        "CPU, as measured once; `int8-always`: also where it is slower, for its smaller weights.",
    )
    text_precision: Literal["auto", "fp32"] = Field(
        "auto",
        description="Number format for texts; `auto`: as the model's, bf16 at the narrowest.",
    )
    threads: int = Field(0, ge=0, description="CPU threads of the model; 0: the CPUs granted.")
    streams: int = Field(
        1,
        ge=1,
        description="Photos that a CPU encodes at the same time; the threads are shared. 1: in "
        "turn, but up to 4 at a time through a convolutional model where several wait.",
    )
    max_batch: int = Field(
        0, ge=0, le=256, description="Photos in one model call; 0: 32 on a GPU, 4 on a CPU."
    )
    queue: int = Field(
        256, ge=1, description="Photos that may wait for the model; more are answered 503."
    )
    engine_cache: Path | None = Field(
        None, description="Folder for models prepared for an engine; none: below the cache folder."
    )

    @field_validator("models", mode="before")
    @classmethod
    def _split_models(cls, value: Any) -> Any:
        return split_at_commas(value)

    @field_validator("device")
    @classmethod
    def _device_is_known(cls, value: str) -> str:
        if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", value):
            raise ValueError("it must be auto, cpu, mps, cuda or cuda:N")
        return value

    @field_validator("engine_cache", mode="before")
    @classmethod
    def _folder_of_engine(cls, value: Any) -> Any:
        if isinstance(value, str) and Path(value).suffix.lower() in _ENGINE_FILES:
            return Path(value).parent  # an older name's file
        return value

    @field_validator("engine_cache", mode="after")
    @classmethod
    def _at_home(cls, value: Path | None) -> Path | None:
        return value and value.expanduser()

    @property
    def wants_int8(self) -> bool:
        """Whether int8 is to serve, be it only where it is faster."""
        return self.precision in ("int8", "int8-always")

    @property
    def served_models(self) -> tuple[str, ...]:
        """The words of every model that may be asked for, the default one first."""
        named = (*(self.models or (self.model,)), self.encoder_model, self.embed_model)
        return tuple(dict.fromkeys(word for word in named if word))
