"""What every engine demands of its pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def check_squares(batch: npt.NDArray[np.uint8], sizes: Sequence[int]) -> None:
    """Raises ValueError for anything but uint8 [B, S, S, 3] with S one of `sizes`."""
    shape = batch.shape
    square = len(shape) == 4 and shape[1] == shape[2] and shape[3] == 3
    if batch.dtype != np.uint8 or not square or shape[1] not in sizes:
        raise ValueError(
            f"pictures must be uint8 [B, S, S, 3] with S in {tuple(sizes)}, "
            f"not {batch.dtype} {list(shape)}"
        )
