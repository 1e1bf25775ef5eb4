"""The model under evaluation, through the engine that would serve it, one batch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from framed.imaging.prepare import prepare
from framed.photo import DecodeSpec, Pixels, SquareSpec, Tones, ViewSpec
from framed.settings import Settings
from runners.clip.banks.bank_text import BankText
from runners.clip.banks.build import assemble_bank, prompts_of
from runners.clip.models import locate
from runners.clip.opening import OpenModel, open_model
from scripts.evaluation.scores.served import Served, served_by

Rows = npt.NDArray[np.float32]

BATCH = 16
_TEXTS = 64


class Evaluated:
    """A preset or path, opened as a server opens it."""

    def __init__(self, settings: Settings) -> None:
        """Raises `StartupError` for a model or engine that is not to be had."""
        self._settings = settings
        files = locate(settings.model, settings.config_dir, settings.cache_dir)
        self._opened: OpenModel = open_model(files, settings)
        preprocess = self._opened.facts.preprocess
        self._square = SquareSpec(
            self._opened.engine.default_size,
            preprocess.resize_mode,
            preprocess.interpolation,
            preprocess.fill,
        )

    def described(self) -> dict[str, str]:
        """Name, revision, engine and precision, for the report."""
        engine = self._opened.engine
        return {
            "model": self._opened.files.model_id,
            "revision": self._opened.facts.revision,
            "engine": engine.name,
            "precision": engine.precision,
            "size": str(self._square.size),
        }

    def square(self, data: bytes) -> Pixels:
        """A photo's bytes as the model's square; raises `FramedError` for what is no photo."""
        return self.look(data)[0]

    def look(self, data: bytes) -> tuple[Pixels, Tones | None]:
        """The square of `square`, and the tones of the whole photo."""
        prepared = prepare(data, DecodeSpec(exact=True), ViewSpec(squares=(self._square,)))
        return prepared.views.squares[self._square.size], prepared.views.tones

    def see(self, squares: Iterable[Pixels]) -> Rows:
        """Unit rows [P, D] of P > 0 squares, in batches."""
        encode = self._opened.engine.encode_images
        return np.concatenate([encode(np.stack(batch)) for batch in _batches(iter(squares))])

    def label_rows(self, labels: Sequence[str], templates: Sequence[str]) -> Rows:
        """Unit rows [N, D] of labels, each the mean over its prompts, as the service builds a
        bank."""
        text = BankText("evaluated", tuple(labels), tuple(templates))
        vectors: dict[str, Rows] = {}
        engine = self._opened.engine
        for chunk in engine.arrange_texts(prompts_of(text), _TEXTS):
            vectors.update(zip(chunk, engine.encode_texts(chunk), strict=True))
        return assemble_bank(text, vectors, self._opened.facts.revision).embeddings

    def served(self, text: BankText) -> Served:
        """What a server answers of the bank's labels.

        Raises `StartupError` where the reference set cannot be made.
        """
        return served_by(self._opened, self._settings, text)


def settings_of(model: str, config_dir: Path | None, threads: int | None) -> Settings:
    """The settings under which a server would open `model`; a path may stand bare."""
    chosen: dict[str, object] = {"model": model}
    if config_dir:
        chosen["config_dir"] = config_dir
    if threads:
        chosen["threads"] = threads
    return Settings(**chosen)  # type: ignore[arg-type]  # pydantic checks them


def _batches(squares: Iterator[Pixels]) -> Iterator[list[Pixels]]:
    while batch := list(islice(squares, BATCH)):
        yield batch
