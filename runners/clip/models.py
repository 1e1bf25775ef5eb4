"""Models by name: what is known, where it lies, and the model itself.

load_presets  the table of known models
locate        a name -> its files on this machine, in milliseconds
default_model the files of the model that the settings name first
served_files  the files of every model that the settings name
load          its files -> the model, in seconds (imports torch and open_clip)
"""

from __future__ import annotations

from framed.errors import StartupError
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
    "served_files",
]


def default_model(settings: Settings) -> ModelFiles:
    """The files of the default model; raises `StartupError`."""
    return locate(settings.served_models[0], settings.config_dir, settings.cache_dir)


def served_files(settings: Settings) -> dict[str, ModelFiles]:
    """The files of every served model by the word of the settings, the default one first.

    Raises `StartupError` for one that is absent, and for two models of one name.
    """
    found = {
        word: locate(word, settings.config_dir, settings.cache_dir)
        for word in settings.served_models
    }
    named: dict[str, ModelFiles] = {}
    for files in found.values():
        for name in {word.casefold() for word in (files.name, files.model_id, *files.aliases)}:
            other = named.setdefault(name, files)
            if (other.weights, other.architecture) != (files.weights, files.architecture):
                raise StartupError(
                    f"Two models are called {name!r}, in {other.folder} and in {files.folder}: "
                    "requests could not tell them apart. Rename one of the folders."
                )
    return found
