"""The end of the picture tower: its last three blocks, whose silent channels are taken up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn import functional

from framed.photo import Pixels
from scripts.mini.trunk import NAME

BLOCKS = ("blocks.5.2", "blocks.5.3", "blocks.6.0")
_PREFIX = "visual.trunk."
_AT_ONCE = 32


class Folded(NamedTuple):
    """A convolution with the norm behind it inside."""

    weight: torch.Tensor
    bias: torch.Tensor


class TrunkEnd:
    """A checkpoint's picture tower, cut before the first of `BLOCKS`; frozen."""

    def __init__(self, weights: Mapping[str, torch.Tensor]) -> None:
        import timm

        self.weights = {name: it.float() for name, it in weights.items() if it.is_floating_point()}
        model: Any = timm.create_model(NAME, pretrained=False, num_classes=0)
        trunk = {name.removeprefix(_PREFIX): it for name, it in weights.items() if _PREFIX in name}
        model.load_state_dict({name: it.float() for name, it in trunk.items()})
        self._model = model.eval().requires_grad_(False)
        self.blocks: list[Any] = [model.get_submodule(name) for name in BLOCKS]
        self._folded = [
            tuple(
                _fold(*pair)
                for pair in (
                    (it.conv_pw, it.bn1),
                    (it.conv_dw, it.bn2),
                    (it.conv_pwl, it.bn3),
                )
            )
            for it in self.blocks
        ]
        self._last = _fold(model.conv_head, model.bn2)

    @torch.no_grad()
    def before(self, squares: Iterable[Pixels]) -> torch.Tensor:
        """What goes into the first of the blocks, [P, 192, 7, 7], from squares uint8."""
        found: list[torch.Tensor] = []
        hook = self.blocks[0].register_forward_pre_hook(lambda _, given: found.append(given[0]))
        batch: list[Pixels] = []
        for square in squares:
            batch.append(square)
            if len(batch) == _AT_ONCE:
                self._run(batch)
                batch = []
        if batch:
            self._run(batch)
        hook.remove()
        return torch.cat(found)

    def block(self, at: int, states: torch.Tensor) -> torch.Tensor:
        """The block's output [P, C, 7, 7]."""
        wide, deep, narrow = self._folded[at]
        inner = functional.relu6(functional.conv2d(states, *wide))
        side = deep.weight.shape[-1] // 2
        inner = functional.conv2d(inner, *deep, padding=side, groups=len(deep.bias))
        out = functional.conv2d(functional.relu6(inner), *narrow)
        return out + states if self.blocks[at].has_skip else out

    def pre_activations(self, at: int, states: torch.Tensor) -> torch.Tensor:
        """What the block's second activation is given, [P, 1152, 7, 7]."""
        wide, deep, _ = self._folded[at]
        inner = functional.relu6(functional.conv2d(states, *wide))
        side = deep.weight.shape[-1] // 2
        return functional.conv2d(inner, *deep, padding=side, groups=len(deep.bias))

    def embedding(self, states: torch.Tensor) -> torch.Tensor:
        """Unit rows [P, D] from the last block's output."""
        return self.head(functional.relu6(functional.conv2d(states, *self._last)).mean((2, 3)))

    def head(self, features: torch.Tensor) -> torch.Tensor:
        """Unit rows [P, D] from features [P, 1280]."""
        mlp = "visual.head.mlp."
        first = (self.weights[mlp + "fc1.weight"], self.weights[mlp + "fc1.bias"])
        second = (self.weights[mlp + "fc2.weight"], self.weights[mlp + "fc2.bias"])
        hidden = functional.gelu(functional.linear(features, *first))
        return functional.normalize(functional.linear(hidden, *second), dim=-1)

    @torch.no_grad()
    def chain(self, states: torch.Tensor) -> list[torch.Tensor]:
        """What goes into each of the blocks."""
        found = [states]
        for at in range(len(BLOCKS) - 1):
            parts = torch.split(found[-1], _AT_ONCE)
            found.append(torch.cat([self.block(at, part) for part in parts]))
        return found

    def _run(self, batch: Sequence[Pixels]) -> None:
        pixels = torch.from_numpy(np.stack(batch)).permute(0, 3, 1, 2).float() / 127.5 - 1
        self._model(pixels)


def _fold(convolution: Any, norm: Any) -> Folded:
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weight = convolution.weight * scale[:, None, None, None]
    return Folded(weight.contiguous(), norm.bias - norm.running_mean * scale)
