"""A tower as an OpenVINO model."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from runners.clip.quiet_openvino import ov

Shape = Sequence[int]  # -1 where a side may vary


def to_openvino(
    module: nn.Module,
    example: Mapping[str, torch.Tensor],
    shapes: Mapping[str, Shape],
    outputs: Sequence[str],
) -> ov.Model:
    """`module` as a graph whose inputs and outputs carry names.

    `example` holds an input for every argument of `forward`, by name and in order; `shapes` says
    which of their sides may vary. The graph refers to the module's weights until it is saved.
    """
    from runners.clip.quiet_openvino import converter, ov

    order = list(example)
    # the trace is compared with itself, and gradients make it differ
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's, which the tests answer
        model = converter()(
            module.eval(),
            example_input=tuple(example.values()),
            input=[ov.PartialShape(list(shapes[name])) for name in order],
        )
    for port, name in zip(model.inputs, order, strict=True):
        port.get_tensor().set_names({name})
        port.get_node().set_friendly_name(name)
    for port, name in zip(model.outputs, outputs, strict=True):
        port.get_tensor().set_names({name})
    model.validate_nodes_and_infer_types()
    return model


def save_openvino(model: ov.Model, file: Path) -> None:
    """Writes `model` to `file` (.xml) and its weights, as they are, beside it (.bin)."""
    from runners.clip.quiet_openvino import ov

    ov.save_model(model, str(file), compress_to_fp16=False)
