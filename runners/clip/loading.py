"""From a model's files to a model that can encode; raises rather than serve random weights."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from framed.errors import StartupError
from framed.photo import Interpolation, ResizeMode
from framed.regular_file import open_regular, read_regular_text
from runners.clip.lean_import import import_open_clip
from runners.clip.model_facts import ModelFacts, PreprocessFacts
from runners.clip.model_files import (
    CONFIG_FILE,
    TEXT_TOWER_FOLDER,
    TRANSFORMERS,
    ModelFiles,
    text_parts,
)

if TYPE_CHECKING:
    import torch

Tokenizer = Callable[[Sequence[str]], "torch.Tensor"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadedModel:
    """A model in evaluation mode, fp32, on the CPU, without gradients; and all that is known of
    it besides."""

    model: Any  # open_clip's CLIP, CustomTextCLIP or CoCa, untyped there
    tokenizer: Tokenizer
    facts: ModelFacts


def load(files: ModelFiles) -> LoadedModel:
    """The model of `files`, with the network shut off.

    Raises `StartupError` that names the file when it is damaged, belongs to another architecture
    or asks for something that Framed cannot give it.
    """
    try:
        with _no_network():
            return _load(files)
    except StartupError:
        raise
    except Exception as error:  # a damaged file surfaces as one of a dozen types
        reason = (str(error).strip().splitlines() or [""])[0][:200]
        raise StartupError(
            f"The model file {files.weights} cannot be used: {type(error).__name__}: {reason}"
        ) from error


@dataclass(frozen=True)
class _Parts:
    """A model as it was built, `config`, which says its architecture in open_clip's words, and the
    files that `texts` depend on beside."""

    model: Any
    tokenizer: Any
    config: Mapping[str, Any]
    preprocess: PreprocessFacts
    texts: tuple[Path, ...] = ()


def _load(files: ModelFiles) -> LoadedModel:
    parts = _of_transformers(files) if files.form == TRANSFORMERS else _of_open_clip(files)
    parts.model.eval().requires_grad_(False)
    return LoadedModel(parts.model, parts.tokenizer, _facts(parts, files))


def _facts(parts: _Parts, files: ModelFiles) -> ModelFacts:
    stated = {"model": parts.config, "preprocess": asdict(parts.preprocess)}
    return ModelFacts(
        preprocess=parts.preprocess,
        native_size=_square_side(parts.model.visual.image_size, files),
        context_length=int(parts.tokenizer.context_length),
        embedding_dim=int(parts.config["embed_dim"]),
        logit_scale=float(parts.model.logit_scale.exp()),
        revision=_revision((*files.weight_files, *parts.texts), stated),
        sizes=files.sizes,
    )


def _of_transformers(files: ModelFiles) -> _Parts:
    open_clip = import_open_clip()
    from runners.clip.transformers_folder.build import build_model

    model, config, preprocess = build_model(files)
    tokenizer = open_clip.SimpleTokenizer(context_length=config["text_cfg"]["context_length"])
    return _Parts(model, tokenizer, config, preprocess)


def _of_open_clip(files: ModelFiles) -> _Parts:
    open_clip = import_open_clip()

    spec = files.architecture or f"local-dir:{files.folder}"
    model = open_clip.create_model(
        spec,
        pretrained=str(files.weights) if files.architecture else None,
        require_pretrained=True,
        **_overrides(files),
    )
    config = open_clip.get_model_config(spec)
    return _Parts(
        model=model,
        tokenizer=open_clip.get_tokenizer(spec),
        config=config,
        preprocess=_preprocess_facts(model.visual.preprocess_cfg, files),
        texts=() if files.architecture else text_parts(files.folder, config["text_cfg"]),
    )


def _overrides(files: ModelFiles) -> dict[str, Any]:
    """What open_clip must be told beyond the name, to get this model right and stay offline."""
    if files.architecture:
        _log.warning("%s: %s", files.name, files.note)
        return {"force_preprocess_cfg": _known_preprocess(files)}
    file = files.folder / CONFIG_FILE
    text = json.loads(read_regular_text(file))["model_cfg"]["text_cfg"]
    if not text.get("hf_model_name"):
        return {}
    tower = str(files.folder / TEXT_TOWER_FOLDER)  # a hub name here would be looked up online
    return {"text_cfg": {**text, "hf_model_name": tower, "hf_model_pretrained": False}}


def _known_preprocess(files: ModelFiles) -> dict[str, Any]:
    """The preprocessing that all published weights of this architecture share.

    A bare weights file says nothing of it, and open_clip then assumes OpenAI's, which is wrong
    for SigLIP and others.
    """
    open_clip = import_open_clip()
    from open_clip.pretrained import list_pretrained_tags_by_model

    architecture = files.architecture
    keys = ("mean", "std", "interpolation", "resize_mode")
    published = [
        {key: config[key] for key in keys if config.get(key) is not None}
        for tag in list_pretrained_tags_by_model(architecture)
        if (config := open_clip.get_pretrained_cfg(architecture, tag))
    ]
    agreed = published and all(config == published[0] for config in published)
    return published[0] if agreed else {}


def _preprocess_facts(config: Mapping[str, Any], files: ModelFiles) -> PreprocessFacts:
    interpolation, resize_mode = config["interpolation"], config["resize_mode"]
    if interpolation not in get_args(Interpolation) or resize_mode not in get_args(ResizeMode):
        raise StartupError(
            f"{files.folder / CONFIG_FILE}: preprocessing by interpolation {interpolation!r} and "
            f"resize_mode {resize_mode!r} is not supported."
        )
    fill = int(config.get("fill_color", 0))
    return PreprocessFacts(
        mean=_three(config["mean"]),
        std=_three(config["std"]),
        interpolation=interpolation,
        resize_mode=resize_mode,
        fill=(fill, fill, fill),
    )


def _three(values: Sequence[float]) -> tuple[float, float, float]:
    red, green, blue = map(float, values)
    return red, green, blue


def _square_side(size: int | Sequence[int], files: ModelFiles) -> int:
    sides = {size} if isinstance(size, int) else set(size)
    if len(sides) != 1:
        raise StartupError(f"{files.name} looks at {size} pixels; only squares are supported.")
    return int(sides.pop())


def _revision(parts: Sequence[Path], facts: Mapping[str, Any]) -> str:
    digest = hashlib.sha256()
    for path in parts:
        with open_regular(path) as file:
            hashlib.file_digest(file, lambda: digest)
    digest.update(json.dumps(facts, sort_keys=True).encode())
    return digest.hexdigest()[:16]


@contextmanager
def _no_network() -> Iterator[None]:
    """Keeps the hub's libraries off the network: a missing file must fail now, not in a minute."""
    names = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    constants = _hub_constants()
    switch = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True  # it read the environment once, maybe long ago
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = switch
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _hub_constants() -> Any:
    from huggingface_hub import constants

    return cast(Any, constants)
