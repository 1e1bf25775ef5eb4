"""From the files of such a folder to open_clip's model."""

from __future__ import annotations

from typing import Any

from runners.clip.lean_import import import_open_clip
from runners.clip.model_facts import PreprocessFacts
from runners.clip.model_files import ModelFiles
from runners.clip.transformers_folder.architecture import open_clip_config
from runners.clip.transformers_folder.keys import sources
from runners.clip.transformers_folder.preprocess import preprocess_of
from runners.clip.transformers_folder.records import RECORD_FILE, read_record


def build_model(files: ModelFiles) -> tuple[Any, dict[str, Any], PreprocessFacts]:
    """open_clip's `CLIP` in fp32 on the CPU, the configuration it has, and its preprocessing.

    Raises `StartupError` where records and weights do not belong together.
    """
    open_clip = import_open_clip()
    from runners.clip.transformers_folder.weights import fill

    config = open_clip_config(read_record(files.folder / RECORD_FILE))
    vision, text = config["vision_cfg"], config["text_cfg"]
    model = open_clip.CLIP(**config)
    wanted = sources(vision_layers=vision["layers"], text_layers=text["layers"])
    fill(model, files.weight_files, wanted, files.folder)
    return model, config, preprocess_of(files.folder, vision["image_size"])
