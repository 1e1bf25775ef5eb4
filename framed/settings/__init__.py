"""Every setting of Framed: read once from the environment and `.env`, checked, then frozen."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from framed.errors import StartupError
from framed.older_names import OLDER_NAMES, OlderNames
from framed.settings.access import Access
from framed.settings.labels import Labels
from framed.settings.misspelt import PREFIX, RUN_ID, unknown_among
from framed.settings.models import Models
from framed.settings.network import Network
from framed.settings.photos import MIB, Photos
from framed.settings.upkeep import Upkeep

__all__ = ["MIB", "PREFIX", "RUN_ID", "Settings", "settings", "unknown_names"]

_WRONG = "Framed cannot start: these settings are wrong."


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

    Raises `StartupError` that names every bad setting at once, and names that are nearly a guard's.
    """
    _refuse_open_doors()
    try:
        return Settings()  # type: ignore[call-arg]  # every field has a default
    except ValidationError as bad:
        raise StartupError(_explain(bad)) from None


def _explain(bad: ValidationError) -> str:
    lines = [_WRONG]
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
    """`FRAMED_*` names in the environment and `.env` that are no setting -> the nearest that is."""
    sources = (EnvSettingsSource(Settings), DotEnvSettingsSource(Settings))
    given = {name for source in sources for name in source.env_vars}
    return unknown_among(given, Settings.model_fields)


def _refuse_open_doors() -> None:
    """A guard whose name is misspelt would leave the door open."""
    guards = {PREFIX + field.upper() for field in Access.model_fields}
    wrong = {name: near for name, near in unknown_names().items() if near in guards}
    if wrong:
        lines = (f"  {name} is none; did you mean {near}?" for name, near in wrong.items())
        raise StartupError("\n".join([_WRONG, *lines]))
