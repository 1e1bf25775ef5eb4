"""What open_clip's own fp32 forward on the CPU says of a few photos and prompts, to judge by."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from runners.clip.engines.contract import Engine
from runners.clip.engines.squares import models_by_size
from runners.clip.engines.torch_towers import tables_for
from runners.clip.loading import LoadedModel
from runners.clip.prepared.parity import Figures, compare, is_admitted
from runners.clip.prepared.photos import held_out
from runners.clip.prepared.reference_rows import photo_rows, text_rows
from runners.clip.prepared.reference_words import REFERENCE_PROMPTS

Rows = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

_PHOTOS = 8  # enough to centre by, at a fraction of a second each
_PROMPTS = (*REFERENCE_PROMPTS[:-6:12], *REFERENCE_PROMPTS[-6:])


class TorchReference:
    """The vectors of `loaded` as it is, for photos and prompts; made when first asked for.

    Photos are judged at one side, in pixels: the others run the same layers.
    """

    def __init__(self, loaded: LoadedModel, size: int) -> None:
        self._loaded = loaded
        self._size = size

    def refusal(self, engine: Engine, precision: str) -> str | None:
        """Why `engine` may not serve in `precision`, None where it may."""
        verdicts = {"photos": self._photo_figures(engine), "texts": self._text_figures(engine)}
        bad = (
            f"{what}: {figures.said()}"
            for what, figures in verdicts.items()
            if not is_admitted(figures, precision)
        )
        return "; ".join(bad) or None

    def _photo_figures(self, engine: Engine) -> Figures:
        return compare(engine.encode_images(self.photos), self.photo_rows, self.text_rows)

    def _text_figures(self, engine: Engine) -> Figures:
        return compare(engine.encode_texts(_PROMPTS), self.text_rows, self.photo_rows)

    @cached_property
    def photos(self) -> Pixels:
        """Squares uint8 [8, S, S, 3]; drawn ones where the pictures were not installed."""
        try:
            return held_out(self._size, _PHOTOS)
        except FileNotFoundError:
            return drawings(self._size, _PHOTOS)

    @cached_property
    def photo_rows(self) -> Rows:
        """Unit rows [8, D] of `photos`."""
        loaded = self._loaded
        tables = tables_for(loaded, (self._size,))
        models = models_by_size(loaded.model, tables, loaded.facts.native_size)
        return photo_rows(models[self._size], self.photos, loaded.facts.preprocess)

    @cached_property
    def text_rows(self) -> Rows:
        """Unit rows [N, D] of the prompts."""
        return text_rows(self._loaded, _PROMPTS)


def drawings(size: int, count: int) -> Pixels:
    """Plain pictures, uint8 [count, size, size, 3]: slopes of grey with a coloured corner, ever
    more of it."""
    slope = np.linspace(0, 255, size, dtype=np.uint8)
    pictures = np.repeat(np.tile(slope, (count, size, 1))[..., None], 3, axis=3)
    for number, picture in enumerate(pictures, start=1):
        side = number * size // (count + 2) + 1
        picture[:side, :side] = (200, 40 * (number % 6), 255 - 40 * (number % 5))
    return pictures
