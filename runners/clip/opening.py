"""The model that the settings name, on its device: the same for the server and for a check."""

from __future__ import annotations

from dataclasses import dataclass

from framed.cpus import granted_cpus
from framed.settings import Settings
from runners.clip.engines import create_engine
from runners.clip.engines.contract import Engine
from runners.clip.models import LoadedModel, ModelFiles, load, locate


@dataclass(frozen=True)
class OpenModel:
    """A model's files, the model itself, and the engine that runs it (not yet warmed up)."""

    files: ModelFiles
    loaded: LoadedModel
    engine: Engine


def open_model(settings: Settings) -> OpenModel:
    """The model of `settings` on the device, in the precision and with the threads they ask for.

    Takes seconds. Raises `StartupError` for a model, an engine or a device that is not to be had.
    """
    files = locate(settings.model, settings.config_dir, settings.cache_dir)
    loaded = load(files)
    engine = create_engine(
        settings.engine,
        loaded,
        device=settings.device,
        precision=settings.precision,
        threads=settings.threads or max(1, granted_cpus() - 1),
    )
    return OpenModel(files, loaded, engine)
