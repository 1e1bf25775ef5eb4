"""The machine's own best: how fast it multiplies large matrices in each number format.

A row's share is its arithmetic per second of CPU over this, measured in the same run. torch calls
oneDNN for bf16 and int8, and the same or MKL for fp32.
"""

from __future__ import annotations

import time
from functools import cached_property
from typing import Any

SIDE = 2048  # large enough that memory does not matter
GEMM_FLOPS = 2 * SIDE**3
FORMATS = ("fp32", "bf16", "int8")


class Gemms:
    """Square matrices of side `SIDE`, and their product in a number format of `FORMATS`."""

    def milliseconds(self, number_format: str) -> float:
        """CPU time of one product, of the whole process."""
        import torch

        one, other = self._operands[number_format]
        multiply = torch._int_mm if number_format == "int8" else torch.mm
        start = time.process_time()
        multiply(one, other)
        return (time.process_time() - start) * 1e3

    @cached_property
    def _operands(self) -> dict[str, tuple[Any, Any]]:
        import torch

        wide = torch.randn(SIDE, SIDE)
        narrow = torch.randint(-127, 128, (SIDE, SIDE), dtype=torch.int8)
        half = wide.bfloat16()
        return {"fp32": (wide, wide.clone()), "bf16": (half, half.clone()), "int8": (narrow,) * 2}


def share_of_ceiling(flops: float, milliseconds: float, gemm_milliseconds: float) -> float:
    """Arithmetic per CPU time as a share (0..1) of the large product's."""
    return (flops / milliseconds) / (GEMM_FLOPS / gemm_milliseconds)
