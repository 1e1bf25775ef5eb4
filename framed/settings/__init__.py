"""Every setting of Framed: read once from the environment and `.env`, checked, then frozen."""

from __future__ import annotations

import os
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from framed.errors import StartupError
from framed.older_names import OLDER_NAMES, OlderNames
from framed.settings.access import Access
from framed.settings.labels import Labels
from framed.settings.models import Models
from framed.settings.network import Network
from framed.settings.photos import MIB, Photos
from framed.settings.upkeep import Upkeep

__all__ = ["MIB", "PREFIX", "RUN_ID", "Settings", "settings", "unknown_names"]

PREFIX = "FRAMED_"
RUN_ID = "FRAMED_RUN_ID"  # one server run: set by its first process, inherited by the others


class Settings(Upkeep, Photos, Labels, Models, Access, Network, BaseSettings):
    """What an operator may choose; each field is the setting `FRAMED_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True
    )

    @property
    def engine_folder(self) -> Path:
        """Where prepared checkpoints lie."""
        return self.engine_cache or self.cache_dir / "engines"

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
