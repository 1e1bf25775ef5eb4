"""A model without a server, for what learns from photos: rows of photos and labels, and what they
are held against."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from framed.errors import StartupError
from framed.photo import Pixels, SquareSpec
from framed.settings import Settings
from runners.clip.around_engine import reference_of, square_of, texts_of
from runners.clip.banks.bank import LabelBank
from runners.clip.banks.bank_text import BankText
from runners.clip.banks.build import assemble_bank, prompts_of
from runners.clip.models import default_model
from runners.clip.opening import OpenModel, open_model
from runners.clip.reference.build import ReferenceSet, build_reference
from runners.clip.reference.material import Material, read_material

Rows = npt.NDArray[np.float32]


class Learner:
    """The default model of `settings`, as a server has it; its vectors are kept for servers, too.

    Opening one takes seconds, and once for each checkpoint a minute or so.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises `StartupError` for a model or engine that is not to be had."""
        self._settings = settings.model_copy(update={"match": True})
        self._model: OpenModel = open_model(default_model(settings), settings)
        self._executor = ThreadPoolExecutor(1, "engine")
        self._texts = texts_of(self._model, self._settings, self._executor)

    def close(self) -> None:
        """Give the thread back."""
        self._executor.shutdown(cancel_futures=True)

    @property
    def model_id(self) -> str:
        """The model's name, as answers carry it."""
        return self._model.files.model_id

    @property
    def square(self) -> SquareSpec:
        """How the model wants photos cut."""
        return square_of(self._model.facts, self._model.engine.default_size)

    def see(self, squares: Pixels) -> Rows:
        """Unit rows [B, D] of squares uint8 [B, S, S, 3]."""
        return self._model.engine.encode_images(squares)

    def bank(self, text: BankText) -> LabelBank:
        """The bank of `text`, as the service builds it."""
        vectors = self._texts.encode_and_wait(prompts_of(text))
        return assemble_bank(text, vectors, self._model.facts.revision)

    @property
    def material(self) -> Material:
        """The reference photos, words and labels; raises as `read_material`."""
        return read_material(self._settings.config_dir)

    def reference(self, templates: tuple[str, ...]) -> ReferenceSet:
        """What labels through these templates are held against, kept or made.

        Raises `StartupError` where its photos and words are not to be had.
        """
        make = reference_of(self._model, self._texts, self._settings, self._executor)
        assert make is not None  # match is on
        try:
            maker = make()
            photos = maker.photos.rows()
        except (OSError, ValueError, KeyError) as error:
            raise StartupError(f"The reference set cannot be made: {error!r}.") from error
        return build_reference(maker.material, photos, templates, maker.encode, maker.revision)
