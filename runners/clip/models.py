"""Models by name: what is known, where it lies, and the model itself.

load_presets  the table of known models
locate        a name -> its files on this machine, in milliseconds
load          its files -> the model, in seconds (imports torch and open_clip)
"""

from __future__ import annotations

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
    "load",
    "load_presets",
    "locate",
]
