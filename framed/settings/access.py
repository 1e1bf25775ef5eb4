"""Who may ask, from where, and how much."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from framed.settings.commas import split_at_commas

_HOST = re.compile(r"\*|(\*\.)?(?!-)[\w-]{1,63}(\.[\w-]{1,63})*")
IN_MEMORY = "memory"  # the rates of one server, counted by itself
_STORE = re.compile(r"memory|rediss?://.+|redis\+unix://.+")


class Access(BaseModel):
    """Who may ask, from where, and how much."""

    api_keys: SecretStr | None = Field(
        None,
        description="Keys, comma-separated, each `NAME:SCOPE+SCOPE:sha256=DIGEST` (or the secret "
        "itself at the end); `python -m framed keys new` makes them. None: no key is asked for.",
    )
    api_keys_file: Path | None = Field(
        None,
        description="File of further keys, which `python -m framed keys` writes; it is read again "
        "when it changes.",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Public names that this server is called by, comma-separated; "
        "`*.example.org`: all below it, `*`: any name.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses and networks, comma-separated, of proxies whose word on the "
        "client's address, and on the path below which they serve Framed, counts.",
    )
    rate_requests: int = Field(
        0, ge=0, description="Requests a minute of one key, or of one address; 0: no limit."
    )
    rate_photos: int = Field(
        0, ge=0, description="Photos a minute of one key, or of one address; 0: no limit."
    )
    rate_megapixels: int = Field(
        0, ge=0, description="Megapixels a minute of one key, or of one address; 0: no limit."
    )
    rate_store: str = Field(
        IN_MEMORY,
        description="Where the rates are counted: `memory`, or a `redis://` address that several "
        "servers share (the extra `redis`).",
        repr=False,
    )

    @field_validator("allowed_hosts", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return split_at_commas(value)

    @field_validator("api_keys_file", mode="after")
    @classmethod
    def _from_home(cls, value: Path | None) -> Path | None:
        return value and value.expanduser()

    @field_validator("allowed_hosts", mode="after")
    @classmethod
    def _names_can_be(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            if not _HOST.fullmatch(entry):
                raise ValueError(f"{entry!r} is no host name; ports are left out")
        return tuple(entry.lower() for entry in value)

    @field_validator("trusted_proxies", mode="after")
    @classmethod
    def _networks_can_be(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            ipaddress.ip_network(entry, strict=False)
        return value

    @field_validator("rate_store", mode="after")
    @classmethod
    def _store_is_known(cls, value: str) -> str:
        if not _STORE.fullmatch(value):
            raise ValueError("it must be memory, redis://…, rediss://… or redis+unix://…")
        return value
