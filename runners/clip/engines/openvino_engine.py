"""OpenVINO on the CPU: a prepared checkpoint's towers, without torch and open_clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from framed.errors import StartupError
from runners.clip.engines.mapped_files import release_mapped
from runners.clip.engines.openvino_crowd import MOST_STREAMS, CrowdTower
from runners.clip.engines.openvino_tower import PassingTower, Tower
from runners.clip.engines.prefixed_texts import PrefixedTexts
from runners.clip.engines.square_check import check_squares
from runners.clip.engines.whole_texts import WholeTexts
from runners.clip.prepared.folder import (
    IMAGE,
    IMAGE_INT8,
    PREFIXED,
    TEXT,
    Prepared,
)
from runners.clip.quiet_openvino import ov

Rows = npt.NDArray[np.float32]

_HINTS = {"fp32": "f32", "bf16": "bf16", "int8": "bf16"}  # int8: weights; the rest runs in bf16
_GROUP = 128  # activations quantised together: larger ones are faster and less exact
_OUT_OF_MEMORY_WORDS = ("bad_alloc", "out of memory", "can't allocate memory", "not enough memory")


def has_bf16() -> bool:
    """Whether this CPU multiplies bf16 by instructions of its own (avx512_bf16, AMX)."""
    return "BF16" in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


class OpenVinoEngine:
    """A prepared model on the CPU, at every square size of its tower.

    `streams` photos are encoded at the same time by callers on as many threads, each with
    `threads // streams` of the CPU's; through a convolutional trunk a photo that is alone has all
    of them. The text tower is there while texts come.
    """

    name = "openvino"
    device = "cpu"
    refused: tuple[str, ...] = ()

    def __init__(
        self,
        prepared: Prepared,
        *,
        precision: str,
        text_precision: str,
        threads: int,
        streams: int = 1,
    ) -> None:
        self.precision = precision
        self.text_precision = text_precision
        self.threads = max(1, threads)
        self.streams = max(1, min(streams, self.threads))
        self._text_streams = self.streams
        self.sizes = prepared.sizes
        self.default_size = prepared.default_size
        self._prepared = prepared
        self._core = ov.Core()
        self._texts = self._text_way()
        self._image = self._image_tower(IMAGE_INT8 if precision == "int8" else IMAGE)

    def encode_images(self, batch: npt.NDArray[np.uint8]) -> Rows:
        """RGB squares [B, S, S, 3], S one of `sizes` -> unit rows [B, D]; see `Engine`."""
        check_squares(batch, self.sizes)
        if len(batch) == 0:
            return np.empty((0, self._prepared.facts.embedding_dim), np.float32)
        if positions := self._prepared.positions:
            return self._encode(batch, positions=positions[batch.shape[1]])
        # one after another: a convolutional trunk keeps 16 MB for each photo that it has at once,
        # and is no faster for it
        return np.concatenate([self._encode(square[None]) for square in batch])

    def encode_texts(self, texts: Sequence[str]) -> Rows:
        """N texts -> unit rows [N, D]; see `Engine`."""
        return self._texts.encode(texts)

    def arrange_texts(self, prompts: Sequence[str], most: int) -> list[list[str]]:
        """`prompts` in chunks of at most `most` that are best encoded together."""
        return self._texts.arrange(prompts, most)

    def use_text_precision(self, precision: str) -> None:
        """Run the text tower in `precision` from now on."""
        self.text_precision = precision
        self._texts = self._text_way()  # it knows no old prefixes

    def warm_up(self) -> None:
        """Encodes a picture at every size, then gives back what only that needed."""
        for size in self.sizes:
            self.encode_images(np.zeros((1, size, size, 3), np.uint8))
        self._unmap()

    def vram_used_gb(self) -> float:
        """0: it runs on the CPU."""
        return 0.0

    def cuda_available(self) -> bool:
        """False: this process never asks."""
        return False

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Whether memory ran out; OpenVINO says so only in words."""
        if isinstance(error, MemoryError):
            return True
        return isinstance(error, RuntimeError) and any(
            words in str(error).lower() for words in _OUT_OF_MEMORY_WORDS
        )

    def release_memory(self) -> None:
        """Nothing is kept beyond a call."""

    def _image_tower(self, file: str) -> Tower | CrowdTower:
        alone = self._tower(file, self._options(self.precision, self.streams))
        if self._prepared.positions or self.streams > 1 or self.threads == 1:
            return alone
        self.streams = min(self.threads, MOST_STREAMS)
        crowd = self._tower(file, self._options(self.precision, self.streams))
        return CrowdTower(alone, crowd)

    def _encode(self, squares: npt.NDArray[np.uint8], **given: Rows) -> Rows:
        return self._image.run({"pixels": np.ascontiguousarray(squares), **given}, "rows")

    def _options(self, precision: str, streams: int) -> dict[str, Any]:
        options: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": _HINTS[precision],
            "INFERENCE_NUM_THREADS": self.threads,
            "NUM_STREAMS": streams,
            "ENABLE_CPU_PINNING": False,  # the granted CPUs are shared with the other processes
        }
        if precision == "int8":
            options["DYNAMIC_QUANTIZATION_GROUP_SIZE"] = _GROUP
        return options

    def _tower(self, name: str, options: Mapping[str, Any]) -> Tower:
        file = str(self._prepared.folder / name)
        try:
            return Tower(self._core.compile_model(file, "CPU", dict(options)))
        except RuntimeError as error:
            reason = (str(error).strip().splitlines() or [""])[-1][:200]
            raise StartupError(f"OpenVINO cannot run {name}: {reason}") from error

    def _unmap(self) -> None:
        """OpenVINO has repacked the weights by now, and those in the files (1.6 GB for ViT-L/14)
        would be counted a second time."""
        release_mapped(self._prepared.folder)

    def _text_way(self) -> PrefixedTexts | WholeTexts:
        """The texts' way through a text tower that is not opened yet."""
        options = self._options(self.text_precision, self._text_streams)
        tower = PassingTower(lambda: self._tower(TEXT, options), once_warm=self._unmap)

        def run_whole(ids: npt.NDArray[np.int64]) -> Rows:
            return tower.run({"ids": ids}, "rows")

        def run_suffix(ids: npt.NDArray[np.int64], prefix: Rows, output: str) -> Rows:
            return tower.run({"ids": ids, "prefix": prefix}, output)

        if self._prepared.texts == PREFIXED:
            return PrefixedTexts(self._prepared, run_suffix)
        return WholeTexts(self._prepared, run_whole)
