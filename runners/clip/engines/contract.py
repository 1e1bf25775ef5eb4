"""What every engine is: pictures and words in, unit vectors out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from framed.errors import FramedError


class OutOfMemory(FramedError):  # noqa: N818  named for the state, as its code is
    """A single photo or text does not fit into memory at the size asked."""


class Engine(Protocol):
    """A model on a device.

    `sizes` are the square sides it takes, in pixels, ascending; `default_size` is one of them.
    `streams` calls may run at the same time; more wait for each other. `refused` says of each
    number format that was tried and given up why.
    """

    name: str
    device: str
    precision: str
    text_precision: str
    threads: int
    streams: int
    sizes: tuple[int, ...]
    default_size: int

    @property
    def refused(self) -> tuple[str, ...]: ...

    def encode_images(self, batch: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """RGB squares [B, S, S, 3], S one of `sizes` -> unit rows [B, D].

        A batch that does not fit into memory is split in halves, down to one photo. Raises
        `OutOfMemory` where one photo alone does not fit, `ValueError` for another shape or type.
        """
        ...

    def encode_texts(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """N texts, cut at the model's context length -> unit rows [N, D]; splits and raises as
        `encode_images` does."""
        ...

    def arrange_texts(self, prompts: Sequence[str], most: int) -> list[list[str]]:
        """`prompts` in chunks of at most `most` that are best encoded together."""
        ...

    def warm_up(self) -> None:
        """Encodes one picture at every size and one word, so that the first request waits less."""
        ...

    def vram_used_gb(self) -> float:
        """Memory held on the accelerator, in GB (10^9 bytes); 0 on a CPU."""
        ...

    def cuda_available(self) -> bool:
        """Whether this process could use CUDA, whatever device was chosen."""
        ...

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Whether `error` is how this engine runs out of memory, and may go on afterwards."""
        ...

    def release_memory(self) -> None:
        """Gives cached memory back to the device."""
        ...


def by_length(prompts: Sequence[str], most: int) -> list[list[str]]:
    """`prompts` in chunks of like lengths: a call is as long as its longest prompt."""
    ordered = sorted(prompts, key=len)
    return [ordered[at : at + most] for at in range(0, len(ordered), most)]
