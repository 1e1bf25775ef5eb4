"""Linear weights of an OpenVINO graph in eight bits, one scale an output channel.

OpenVINO's CPU plugin multiplies such weights with activations that it brings to eight bits itself,
in groups along the row, where `DYNAMIC_QUANTIZATION_GROUP_SIZE` is set (128 here).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import openvino as ov

_LINEAR = "aten::linear"  # what the converter calls it; the projection is an "aten::matmul"
_HIGHEST = 127  # as much below zero as above it


def compress_linear_weights(model: ov.Model) -> int:
    """Puts the weights of the blocks' linear layers into int8, in place; says how many.

    Convolutions and the last projection stay in float32: what enters them was not smoothed, and
    they are a hundredth of the work.
    """
    from openvino import opset13 as ops

    count = 0
    for node in model.get_ordered_ops():
        if (weights := _linear_weights(node)) is None:
            continue
        bits, scales = _rounded(weights.data)
        wide = ops.convert(ops.constant(bits), "f32")
        product = ops.multiply(wide, ops.constant(scales))
        product.set_friendly_name(f"{weights.get_friendly_name()}/int8")
        node.input(1).replace_source_output(product.output(0))
        count += 1
    return count


def _linear_weights(node: Any) -> Any:
    """The constant weights [out, in] of a torch linear layer, None for any other node."""
    if node.get_type_name() != "MatMul" or _LINEAR not in node.get_friendly_name():
        return None
    source = node.input_value(1).get_node()
    return source if source.get_type_name() == "Constant" else None


def _rounded(
    weights: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """[out, in] -> the same in whole steps, and the steps [out, 1]."""
    scales = np.abs(weights).max(axis=1, keepdims=True).astype(np.float32) / _HIGHEST
    scales[scales == 0] = 1  # a row of zeros needs no step
    return np.rint(weights / scales).astype(np.int8), scales
