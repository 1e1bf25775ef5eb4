"""What a bank learnt from examples: how sure its labels must be, and what they look like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

Shift = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Calibration:
    """A label's match is sigmoid(`slope` z + `offset` + its own of `offsets`); of labels that have
    none it knows nothing.

    It holds for one reference set, whose version is `key`. `photos` is how many it was learnt from,
    `counts` how many of them each label is true of. Where `shifts` hold one for a label, float32
    [D], z is that of its row with the shift added (not normalized again): the prototype of its
    examples. With `replaces` that sum ranks the label, too, so that its cosine changes. `words`
    digest what each label's prompts were made of when it learnt.
    `match_threshold` is the bank's default from then on, None: as before. `source` says whether it
    was made from the reference photos or from a file, `date` when, `digest` is the SHA-256 of that
    file in hex.
    """

    key: str
    photos: int
    slope: float
    offset: float
    offsets: Mapping[str, float] = field(default_factory=dict)
    shifts: Mapping[str, Shift] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    match_threshold: float | None = None
    replaces: bool = False
    source: Literal["shipped", "file"] = "file"
    date: str | None = None
    digest: str = ""
