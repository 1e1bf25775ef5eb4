"""The models that rows are measured with: `mini`, and large ones whose weights are random.

Speed does not depend on what the weights have learnt. They are written once, by a process that
ends, and then lie on disk as a pulled model does.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from framed.settings import Settings
from scripts.benchmarks.child import Child
from scripts.benchmarks.row import NotMeasurableError

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
CHECKPOINTS, ENGINES, CACHE = (BUILD / f"bench-{name}" for name in ("models", "engines", "cache"))
_SEED = 13


@dataclass(frozen=True)
class Model:
    """A model by its row's name; `architecture` is open_clip's, None for the embedded model.

    `quick_gelu` is the activation of its best known weights; `memory_gb` must be free to export
    it and to run it beside torch.
    """

    name: str
    architecture: str | None
    quick_gelu: bool
    memory_gb: float

    @property
    def folder(self) -> Path:
        """Where its weights lie, once `checkpoint` has made them."""
        return ROOT / "config" / "models" / self.name if self.embedded else CHECKPOINTS / self.name

    @property
    def embedded(self) -> bool:
        """Whether it comes with Framed."""
        return self.architecture is None

    @property
    def word(self) -> str:
        """What the setting `model` is to serve it."""
        return self.name if self.embedded else f"local-dir:{self.folder}"


VIT_L = Model("vit-l-14", "ViT-L-14", quick_gelu=False, memory_gb=10.0)  # as DataComp's weights
VIT_B = Model("vit-b-32", "ViT-B-32", quick_gelu=True, memory_gb=3.0)  # as OpenAI's
MINI = Model("mini", None, quick_gelu=False, memory_gb=1.5)


def checkpoint(model: Model) -> Model:
    """`model`, whose weights are on disk after this.

    Raises `NotMeasurableError` where the memory that it takes is not free.
    """
    free = psutil.virtual_memory().available / 1e9
    if free < model.memory_gb:
        raise NotMeasurableError(f"it takes {model.memory_gb} GB of memory; {free:.1f} are free")
    if not model.embedded and not model.folder.is_dir():
        CHECKPOINTS.mkdir(parents=True, exist_ok=True)
        with Child(RandomWeights, model.architecture, model.quick_gelu) as process:
            process.ask("save", model.folder)
    return model


def settings_for(model: Model, **chosen: Any) -> Settings:
    """The settings that serve `model` on the CPU, prepared engines and all else below build/."""
    folders = {"cache_dir": CACHE, "engine_cache": ENGINES}
    return Settings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings' own
        **{"model": model.word, "device": "cpu", **folders, **chosen},
    )


class RandomWeights:
    """One of open_clip's architectures, as it is before any training."""

    def __init__(self, architecture: str, quick_gelu: bool) -> None:
        import open_clip
        import torch

        torch.manual_seed(_SEED)
        self._model = open_clip.create_model(architecture, force_quick_gelu=quick_gelu)
        self._config = {**open_clip.get_model_config(architecture), "quick_gelu": quick_gelu}

    def save(self, folder: Path) -> None:
        """Writes weights and configuration as open_clip reads them; `folder` appears whole."""
        from safetensors.torch import save_file

        making = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".making-"))
        try:
            weights = {name: it.contiguous() for name, it in self._model.state_dict().items()}
            save_file(weights, making / "open_clip_model.safetensors")
            config = {"model_cfg": self._config, "preprocess_cfg": self._preprocess()}
            (making / "open_clip_config.json").write_text(json.dumps(config, indent=1))
            making.rename(folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)

    def _preprocess(self) -> dict[str, Any]:
        known = self._model.visual.preprocess_cfg
        return {key: known[key] for key in ("mean", "std", "interpolation", "resize_mode")}
