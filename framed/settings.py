"""Every setting of Framed: read once from the environment and `.env`, checked, then frozen."""

from __future__ import annotations

import ipaddress
import os
import re
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from framed.errors import StartupError
from framed.older_names import OLDER_NAMES, OlderNames

PREFIX = "FRAMED_"
RUN_ID = "FRAMED_RUN_ID"  # one server run: set by its first process, inherited by the others
MIB = 2**20
_ENGINE_FILES = (".engine", ".trt", ".plan", ".onnx")


def _default_cache_dir() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "framed"


def _default_host() -> str:
    return "0.0.0.0" if os.environ.get("BENTOML_CONTAINERIZED") else "127.0.0.1"


class Settings(BaseSettings):
    """What an operator may choose; each field is the setting `FRAMED_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True
    )

    host: str = Field(
        default_factory=_default_host,
        description="Address to listen on: loopback, or every address in a container.",
    )
    port: int = Field(3000, ge=1, le=65535, description="Port to listen on.")
    private: bool = Field(
        False,
        validation_alias=AliasChoices(f"{PREFIX}PRIVATE", "PRIVATE"),
        description="`True`: listen on loopback only, whatever the host says.",
    )
    model: str = Field(
        "mini",
        description="Model to serve: a preset, an alias, `hf-hub:owner/name`, `local-dir:folder`, "
        "or `architecture:weights.safetensors`.",
    )
    engine: Literal["auto", "openvino", "onnx", "torch"] = Field(
        "auto",
        description="What runs the model; `auto`: torch on a GPU, OpenVINO on x86 CPUs, else "
        "torch. `onnx` is ONNX Runtime (the extra `onnx`).",
    )
    tensorrt: bool = Field(
        True,
        validation_alias=AliasChoices(f"{PREFIX}TENSORRT", "CLIP_USE_TENSORRT"),
        description="Whether the engine `onnx` may use TensorRT, where there is one.",
    )
    device: str = Field(
        "auto",
        description="`auto` (CUDA, else MPS, else CPU), `cpu`, `mps`, `cuda` (every GPU in "
        "sight) or `cuda:N` (that one).",
    )
    precision: Literal["auto", "fp32", "fp16", "bf16", "int8"] = Field(
        "auto",
        description="Number format of the model; `auto`: fp16 on CUDA, on CPUs the first of bf16 "
        "(where they have it) and fp32 that is exact enough. `int8` is faster on CPUs.",
    )
    text_precision: Literal["auto", "fp32"] = Field(
        "auto",
        description="Number format for texts; `auto`: as the model's, bf16 at the narrowest.",
    )
    threads: int = Field(0, ge=0, description="CPU threads of the model; 0: the CPUs granted.")
    streams: int = Field(
        1, ge=1, description="Photos that a CPU encodes at the same time; the threads are shared."
    )
    max_batch: int = Field(
        0, ge=0, le=256, description="Photos in one model call; 0: 32 on a GPU, 4 on a CPU."
    )
    queue: int = Field(
        256, ge=1, description="Photos that may wait for the model; more are answered 503."
    )
    default_bank: str = Field("default", description="Label bank used when a request names none.")
    config_dir: Path = Field(
        Path(__file__).resolve().parent.parent / "config",
        description="Folder of labels, banks and model presets.",
    )
    cache_dir: Path = Field(
        default_factory=_default_cache_dir,
        description="Folder for pulled models, label embeddings and features of photos.",
    )
    feature_cache: bool = Field(
        True,
        description="Keep features of photos on disk, so that the same photo costs nothing again.",
    )
    feature_cache_mb: int = Field(
        1024,
        ge=1,
        description="Largest size of the feature cache, in MiB; the longest unused entries go "
        "first.",
    )
    engine_cache: Path | None = Field(
        None, description="Folder for models prepared for an engine; none: below the cache folder."
    )
    path_roots: Annotated[tuple[Path, ...], NoDecode] = Field(
        (),
        description="Folders below which `/features` may open photos by path, joined by the "
        "system's path separator (`:`); empty: none.",
    )
    reload: Literal["loopback", "on", "off"] = Field(
        "loopback", description="Who may reload label banks: callers on this machine, all, nobody."
    )
    max_photo_bytes: int = Field(8 * MIB, ge=1024, description="Largest photo accepted, in bytes.")
    max_megapixels: int = Field(
        100, ge=1, le=1000, description="Largest photo decoded, in megapixels."
    )
    decode_megapixels: int = Field(
        200, ge=1, description="Megapixels that may be decoded at the same time."
    )
    decode_threads: int = Field(0, ge=0, description="Decoding threads; 0: the CPUs granted.")
    technical_threads: int = Field(
        0, ge=0, description="Threads of the TechnicalRunner; 0: the CPUs granted."
    )
    metric_backends: Literal["framed", "library"] = Field(
        "framed",
        description="Whose BRISQUE and noise are measured: Framed's own, or piq's and "
        "scikit-image's (and piq's CLIP-IQA where its weights are): slower, for comparing.",
    )
    fallback_labels: bool = Field(
        False,
        description="`True`: where the model fails, `/features` answers the first five labels of "
        "the default bank without figures and with `fallback: true`, instead of an error.",
    )
    batch_concurrency: int = Field(
        4, ge=1, le=64, description="Photos of one batch that are worked on at the same time."
    )
    batch_items: int = Field(1000, ge=1, description="Most items in one batch.")
    deadline: float = Field(10.0, gt=0, description="Seconds for a request on one photo.")
    item_deadline: float = Field(10.0, gt=0, description="Seconds for one item of a batch.")
    batch_deadline: float = Field(
        0.0, ge=0, description="Seconds for a whole batch; 0: no limit of its own."
    )
    reload_deadline: float = Field(600.0, gt=0, description="Seconds for a reload.")
    max_in_flight: int = Field(
        256, ge=1, description="Requests worked on at the same time; more are answered 503."
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Web origins that may call from a browser, comma-separated; `*`: any."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least important log line written."
    )
    log_format: Literal["json", "text"] = Field("json", description="How log lines are written.")

    @field_validator("device")
    @classmethod
    def _device_is_known(cls, value: str) -> str:
        if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", value):
            raise ValueError("it must be auto, cpu, mps, cuda or cuda:N")
        return value

    @field_validator("engine_cache", mode="before")
    @classmethod
    def _folder_of_engine(cls, value: Any) -> Any:
        if isinstance(value, str) and Path(value).suffix in _ENGINE_FILES:  # an older name's file
            return Path(value).parent
        return value

    @field_validator("path_roots", mode="before")
    @classmethod
    def _split_roots(cls, value: Any) -> Any:
        if isinstance(value, str):  # an empty part would mean the working directory
            return tuple(part for part in value.split(os.pathsep) if part.strip())
        return value

    @field_validator("path_roots", mode="after")
    @classmethod
    def _roots_exist(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        for root in value:
            if not root.is_dir():
                raise ValueError(f"{str(root)!r} is not a folder")
        return tuple(root.resolve() for root in value)

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_origins(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("host")
    @classmethod
    def _host_is_address(cls, value: str) -> str:
        if value == "localhost":
            return "127.0.0.1"
        ipaddress.ip_address(value)
        return value

    @property
    def bind_host(self) -> str:
        """The address to listen on, once `private` had its say."""
        return "127.0.0.1" if self.private else self.host

    @property
    def engine_folder(self) -> Path:
        """Where prepared checkpoints lie."""
        return self.engine_cache or self.cache_dir / "engines"

    @property
    def feature_folder(self) -> Path:
        """Where the features of photos are kept."""
        return self.cache_dir / "features"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings, env_settings, dotenv_settings, OlderNames(settings_cls))


@cache
def settings() -> Settings:
    """The settings of this process, read at the first call.

    Raises `StartupError` that names every bad setting at once.
    """
    try:
        return Settings()  # type: ignore[call-arg]  # every field has a default
    except ValidationError as bad:
        raise StartupError(_explain(bad)) from None


def _explain(bad: ValidationError) -> str:
    lines = ["Framed cannot start: these settings are wrong."]
    for fault in bad.errors():
        name = str(fault["loc"][0]) if fault["loc"] else "?"
        lines.append(
            f"  {_set_as(name)}={fault['input']!r}: {fault['msg'].removeprefix('Value error, ')}"
        )
    return "\n".join(lines)


def _set_as(field: str) -> str:
    """The name under which a field was set: ours, or that of an older service."""
    if field.isupper() or (own := PREFIX + field.upper()) in os.environ:
        return field if field.isupper() else own
    named = (name for name, of in OLDER_NAMES.items() if of == field and name in os.environ)
    return next(named, own)


def unknown_names() -> dict[str, str | None]:
    """`FRAMED_*` variables that are no setting -> the nearest one that is, if any is near."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {RUN_ID}
    strange = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    return {name: next(iter(get_close_matches(name, known, n=1)), None) for name in strange}
