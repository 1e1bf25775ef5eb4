"""The weights of a transformers CLIP checkpoint, put into open_clip's model tensor by tensor."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
from torch import nn

from framed.errors import StartupError
from runners.clip.transformers_folder.keys import IDLE, Source

_SHOWN = 3  # names in a message


@torch.no_grad()
def fill(
    model: nn.Module, files: Sequence[Path], wanted: Mapping[str, Source], folder: Path
) -> None:
    """Every tensor of `model` from safetensors `files`, as float32; one at a time is held besides.

    `wanted` names them all. Raises `StartupError` where one is missing, left over or of another
    shape or kind: nothing of the model stays random.
    """
    from safetensors import safe_open

    own = model.state_dict()
    if set(own) != set(wanted):
        raise RuntimeError(f"this open_clip has other tensors: {sorted(set(own) ^ set(wanted))}")
    with ExitStack() as stack:
        opened = [stack.enter_context(safe_open(str(file), framework="pt")) for file in files]
        held = {name: file for file in opened for name in file.keys()}  # noqa: SIM118  no mapping
        _check_names(held, wanted, folder)
        for name, source in wanted.items():
            own[name].copy_(_tensor(held, source, own[name].shape, folder))


def _check_names(held: Collection[str], wanted: Mapping[str, Source], folder: Path) -> None:
    needed = {name for source in wanted.values() for name in source.names}
    if missing := sorted(needed - set(held)):
        raise StartupError(f"The weights in {folder} lack {_some(missing)}.")
    if extra := sorted(set(held) - needed - IDLE):
        raise StartupError(
            f"The weights in {folder} hold {_some(extra)}, for which its config.json has no place."
        )


def _tensor(
    held: Mapping[str, Any], source: Source, shape: torch.Size, folder: Path
) -> torch.Tensor:
    parts = [held[name].get_tensor(name) for name in source.names]
    if not all(part.is_floating_point() for part in parts):
        raise StartupError(f"{source.names[0]} in {folder} is {parts[0].dtype}, no plain number.")
    tensor = (torch.cat(parts) if len(parts) > 1 else parts[0]).float()
    tensor = tensor.T if source.turned and tensor.ndim == 2 else tensor
    if tensor.shape != shape:
        raise StartupError(
            f"{source.names[0]} in {folder} is {_sides(parts[0])}, which is not what its "
            "config.json says."
        )
    return tensor


def _sides(tensor: torch.Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "a single number"


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
