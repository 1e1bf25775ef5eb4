"""Models by name: what is known, where it lies, and the model itself.

load_presets  the table of known models
locate        a name -> its files on this machine, in milliseconds
default_model the files of the model that the settings name first
load          its files -> the model, in seconds (imports torch and open_clip)
"""

from __future__ import annotations

from framed.settings import Settings
from runners.clip.loading import LoadedModel, load
from runners.clip.locate import locate
from runners.clip.model_facts import ModelFacts, PreprocessFacts
from runners.clip.model_files import ModelFiles
from runners.clip.presets import Preset, load_presets

__all__ = [
    "LoadedModel",
    "ModelFacts",
    "ModelFiles",
    "PreprocessFacts",
    "Preset",
    "default_model",
    "load",
    "load_presets",
    "locate",
]


def default_model(settings: Settings) -> ModelFiles:
    """The files of the default model; raises `StartupError`."""
    return locate(settings.served_models[0], settings.config_dir, settings.cache_dir)
