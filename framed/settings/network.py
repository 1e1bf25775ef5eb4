"""Where the service listens, whom it answers, and how long a request may take."""

from __future__ import annotations

import ipaddress
import os
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import NoDecode

from framed.settings.commas import split_at_commas
from framed.sub_path import sub_path_of


def _default_host() -> str:
    return "0.0.0.0" if os.environ.get("BENTOML_CONTAINERIZED") else "127.0.0.1"


class Network(BaseModel):
    """Where the service listens, whom it answers, and how long a request may take."""

    host: str = Field(
        default_factory=_default_host,
        description="Address to listen on: loopback, or every address in a container.",
    )
    port: int = Field(3000, ge=1, le=65535, description="Port to listen on.")
    root_path: str = Field(
        "",
        description="Path below which a proxy serves Framed, such as `/framed`: what `/docs` and "
        "the page link to begins with it.",
    )
    private: bool = Field(
        False,
        description="`True`: listen on loopback, whatever the host setting says, and answer "
        "nobody from elsewhere.",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Web origins that may call from a browser, comma-separated; `*`: any."
    )
    reload: Literal["loopback", "on", "off"] = Field(
        "loopback",
        description="Who may reload label banks: `loopback`: callers on this machine, `on`: all, "
        "`off`: nobody.",
    )
    deadline: float = Field(
        10.0,
        gt=0,
        description="Seconds for a request on one photo, not counting those in which its sender is "
        "waited for; and for each piece of a body to come.",
    )
    item_deadline: float = Field(10.0, gt=0, description="Seconds for one item of a batch.")
    batch_deadline: float = Field(
        0.0, ge=0, description="Seconds for a whole batch; 0: no limit of its own."
    )
    reload_deadline: float = Field(600.0, gt=0, description="Seconds for a reload.")
    max_in_flight: int = Field(
        256, ge=1, description="Requests worked on at the same time; more are answered 503."
    )

    request_memory_mb: int = Field(
        256,
        ge=64,
        description="Memory that requests may hold at the same time, in MiB: bodies, what is read "
        "from them, photos fetched for them, and answers until they were taken. Bodies that find "
        "no room wait on disk, for `FRAMED_LONGEST_WAIT`. As much again is for photos of batches, "
        "which wait for it as long as it takes.",
    )
    max_connections: int = Field(
        4096,
        ge=1,
        description="Connections open at the same time; never more than a third of the file "
        "descriptors that the process may have.",
    )
    max_connections_per_client: int = Field(
        512, ge=1, description="Connections open at the same time from one address."
    )
    head_timeout: float = Field(
        20.0, gt=0, description="Seconds for the head of a request to come in."
    )
    write_timeout: float = Field(
        30.0, gt=0, description="Seconds in which a client has to take something of its answer."
    )
    least_rate: int = Field(
        500,
        ge=0,
        description="Bytes a second that a body has to come in with, once 20 seconds were spent "
        "on waiting for it; 0: any rate will do. No body is waited for longer than an hour.",
    )

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_origins(cls, value: Any) -> Any:
        return split_at_commas(value)

    @field_validator("root_path")
    @classmethod
    def _root_path_is_plain(cls, value: str) -> str:
        if (path := sub_path_of(value)) is None:
            raise ValueError(f"{value!r} is no path such as /framed or /photos/framed")
        return path

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
