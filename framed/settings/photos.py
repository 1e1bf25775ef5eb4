"""How photos come in, how large they may be, and how they are worked on."""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, field_validator, model_validator
from pydantic_settings import NoDecode

from framed.normal_forms import as_on_disk
from framed.settings.commas import split_at_commas
from framed.size_limit import PhotoLimits, SizeLimit

MIB = 2**20

_HOST_NAME = re.compile(r"(?!-)[\w-]{1,63}(\.[\w-]{1,63})*\.?")


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return False
    return True


class Photos(BaseModel):
    """How photos come in, how large they may be, and how they are worked on."""

    path_roots: Annotated[tuple[Path, ...], NoDecode] = Field(
        (),
        description="Folders below which `/features` and `/analyze` may open photos by path, "
        "joined by the system's path separator (`:`); empty: none.",
    )
    url_input: Literal["off", "on"] = Field(
        "off",
        description="Whether `/features` and `/analyze` may fetch photos from the web; private "
        "addresses are refused.",
    )
    url_private_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Hosts and addresses, comma-separated, that photos may be fetched from though "
        "their addresses are private.",
    )
    url_deadline: float = Field(
        5.0, gt=0, description="Seconds for fetching one photo from the web, redirects included."
    )
    max_photo_bytes: int = Field(
        32 * MIB,
        ge=1024,
        description="Largest photo that is sent alone or fetched from the web, in bytes.",
    )
    max_batch_photo_bytes: int = Field(
        64 * MIB,
        ge=1024,
        description="Largest photo of a batch, by path or on the command line, in bytes; "
        "`FRAMED_MAX_PHOTO_BYTES` where only that is set.",
    )
    max_megapixels: int = Field(
        100, ge=1, le=1000, description="Largest photo decoded, in megapixels."
    )
    decode_memory_mb: int = Field(
        640, ge=16, description="Memory that decoding may hold at the same time, in MiB."
    )
    decode_threads: int = Field(
        0,
        ge=0,
        description="Decoding threads, and at most as many processes beside them for what may take "
        "long; 0: the CPUs granted.",
    )
    technical_threads: int = Field(
        0, ge=0, description="Threads of the TechnicalRunner; 0: the CPUs granted."
    )
    metric_backends: Literal["framed", "library"] = Field(
        "framed",
        description="Whose BRISQUE and noise are measured: Framed's own, or piq's and "
        "scikit-image's (and piq's CLIP-IQA where its weights are): slower, for comparing.",
    )
    photos_at_once: int = Field(
        0,
        ge=0,
        description="Photos worked on at the same time, others wait for their turn; 0: four, and "
        "four for each CPU granted.",
    )
    longest_wait: float = Field(
        5.0,
        gt=0,
        description="Seconds a single photo may have to wait for its turn, by the pace measured; "
        "what would wait longer is answered 503 at once.",
    )
    batch_concurrency: int = Field(
        4, ge=1, le=64, description="Photos of one batch that are worked on at the same time."
    )
    batch_items: int = Field(1000, ge=1, description="Most items in one batch.")

    @property
    def photo_limits(self) -> PhotoLimits:
        """How large photos may be, with the names of the settings that say so."""
        single = SizeLimit(self.max_photo_bytes, "FRAMED_MAX_PHOTO_BYTES")
        batch = SizeLimit(self.max_batch_photo_bytes, "FRAMED_MAX_BATCH_PHOTO_BYTES")
        follows = single.bytes == batch.bytes and not self._is_set("max_batch_photo_bytes")
        return PhotoLimits(single, single if follows else batch)

    @model_validator(mode="after")
    def _one_limit_rules_alone(self) -> Self:
        """Who set the one limit that there was meant every photo."""
        if self._is_set("max_photo_bytes") and not self._is_set("max_batch_photo_bytes"):
            self.__dict__["max_batch_photo_bytes"] = self.max_photo_bytes  # and it stays not set
        return self

    def _is_set(self, name: str) -> bool:
        return name in self.model_fields_set

    @field_validator("url_private_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: Any) -> Any:
        return split_at_commas(value)

    @field_validator("url_private_hosts", mode="after")
    @classmethod
    def _hosts_can_be(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            if not (_HOST_NAME.fullmatch(entry) or _is_network(entry)):
                raise ValueError(
                    f"{entry!r} is neither a host name nor an address (10.0.0.7, 10.0.0.0/8, "
                    "fd00::7); ports and wildcards have no place here"
                )
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
        found = []
        for root in (each.absolute() for each in value):  # a link's own name counts, too
            top = Path(root.anchor)
            found.append(top / as_on_disk(top, root.relative_to(top)))
            if not found[-1].is_dir():
                raise ValueError(f"{str(root)!r} is not a folder")
        return tuple(found)
