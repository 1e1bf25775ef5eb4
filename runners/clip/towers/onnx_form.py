"""A tower as an ONNX file."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn

OPSET = 17  # the first with layer norm as one node


def to_onnx(
    module: nn.Module,
    path: Path,
    example: Mapping[str, torch.Tensor],
    shapes: Mapping[str, Sequence[int]],
    outputs: Sequence[str],
) -> None:
    """Writes `module` to `path`, with weights above 2 GB in a file beside it.

    `example` holds an input for every argument of `forward`, by name and in order; a side that is
    -1 in `shapes` may vary.
    """
    axes = {
        name: {axis: f"{name}_{axis}" for axis, side in enumerate(shape) if side == -1}
        for name, shape in shapes.items()
    }
    rows = {name: {0: "rows"} for name in outputs}
    with torch.no_grad(), _no_fused_attention(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's, which the tests answer
        torch.onnx.export(
            module.eval(),
            tuple(example.values()),
            str(path),
            input_names=list(example),
            output_names=list(outputs),
            dynamic_axes={**axes, **rows},
            opset_version=OPSET,
            dynamo=False,  # the other writer needs a package more, and thrice the time
        )


@contextmanager
def _no_fused_attention() -> Iterator[None]:
    """Spells `nn.MultiheadAttention` out: its fused form has no name in ONNX."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)
