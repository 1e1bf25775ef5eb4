"""Folders, caches, logs, profiles and traces."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, field_validator


def default_cache_dir() -> Path:
    """Where caches lie unless the settings say otherwise."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "framed"


class Upkeep(BaseModel):
    """Folders, caches, logs, profiles and traces."""

    config_dir: Path = Field(
        Path(__file__).resolve().parents[2] / "config",
        description="Folder of labels, banks and model presets.",
    )
    cache_dir: Path = Field(
        default_factory=default_cache_dir,
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
    hang_seconds: float = Field(
        10.0,
        ge=2.0,
        description="Seconds without a sign of life after which a process that is still busy is "
        "taken for hung and replaced; one that does nothing is after two.",
    )
    profiling: bool = Field(
        False,
        description="Send continuous profiles to a Pyroscope server (the extra `profiling`).",
    )
    profiling_url: str = Field(
        "http://pyroscope:4040",
        description="Where that server listens.",
    )
    traces: str = Field(
        "",
        description="Collector that traces are sent to by OTLP over HTTP, as "
        "`http://collector:4318` (the extra `tracing`); empty: none are made.",
    )
    trace_share: float = Field(
        1.0,
        ge=0,
        le=1,
        description="Share of the requests that are traced; where a request's `traceparent` says "
        "whether it is, that holds.",
    )
    environment: str = Field(
        "production",
        description="The environment that profiles and traces are tagged with.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least important log line written."
    )
    log_format: Literal["json", "text"] = Field("json", description="How log lines are written.")

    @field_validator("config_dir", "cache_dir", mode="after")
    @classmethod
    def _below_home(cls, value: Path) -> Path:
        return value.expanduser()

    @field_validator("traces", mode="after")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not (value.startswith(("http://", "https://")) and urlsplit(value).hostname):
            raise ValueError("is no address like http://collector:4318")
        return value

    @property
    def feature_folder(self) -> Path:
        """Where the features of photos are kept."""
        return self.cache_dir / "features"
