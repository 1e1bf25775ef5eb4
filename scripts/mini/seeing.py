"""The photos that are at hand and can be read, with what the trunk sees in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from framed.photo import Pixels
from scripts.mini.photos import Album
from scripts.mini.trunk import Trunk

Entry = Mapping[str, Any]


def seen(
    entries: Iterable[Entry], album: Album, trunk: Mapping[str, torch.Tensor]
) -> tuple[list[Entry], npt.NDArray[np.float32]]:
    """The entries whose photo `album` has, in order, and their features float32 [P, 1280]."""
    read: list[Entry] = []

    def squares() -> Iterator[Pixels]:
        for entry, square in album.squares(entries):
            read.append(entry)
            yield square

    features = Trunk(trunk).features(squares())
    return read, features
