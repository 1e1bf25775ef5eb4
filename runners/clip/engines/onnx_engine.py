"""ONNX Runtime on the CPU, CUDA or TensorRT: a prepared checkpoint's towers without torch.

Its build for cards and torch's CUDA need not agree in one process: nothing here imports torch.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from runners.clip.engines.card_memory import memory_of_this_process
from runners.clip.engines.ladder import encode_in_halves
from runners.clip.engines.onnx_providers import (
    CPU,
    CUDA,
    TENSORRT,
    EngineShapes,
    Place,
    engine_shapes,
    onnx_runtime,
)
from runners.clip.engines.onnx_session import onnx_errors, open_session
from runners.clip.engines.prefixed_texts import PrefixedTexts
from runners.clip.engines.square_check import check_squares
from runners.clip.prepared.folder import Prepared
from runners.clip.prepared.onnx_parts import IMAGE, IMAGE_FP16, TEXT

Rows = npt.NDArray[np.float32]
Squares = npt.NDArray[np.uint8]

_OUT_OF_MEMORY_WORDS = (
    "failed to allocate memory",
    "out of memory",
    "bad_alloc",
    "outofmemory",  # TensorRT's
    "cublas_status_alloc_failed",
)


class OnnxEngine:
    """A prepared model at one place, at every square size of its tower.

    One session serves all threads. With TensorRT each size has a session of its own, whose engine
    is built the first time (minutes; then it lies in `engine_folder`) and takes at most
    `most_at_once` photos. Texts are always computed in fp32, by CUDA where the place is on a card:
    they are few, and their shapes too many for TensorRT.
    """

    name = "onnx"
    text_precision = "fp32"
    refused: tuple[str, ...] = ()

    def __init__(
        self,
        prepared: Prepared,
        parts: Path,
        place: Place,
        *,
        threads: int,
        streams: int = 1,
        most_at_once: int = 32,
        engine_folder: Callable[[int], Path] | None = None,
    ) -> None:
        """`parts` is the folder of ONNX files; `engine_folder` says where the engine of a size
        lies, and is needed for TensorRT only."""
        self.place = place
        self.device, self.precision = place.device, place.precision
        self.threads = max(1, threads)
        self.streams = max(1, min(streams, self.threads)) if place.provider == CPU else 1
        self.sizes, self.default_size = prepared.sizes, prepared.default_size
        self._prepared, self._parts = prepared, parts
        self._most, self._engine_folder = max(1, most_at_once), engine_folder
        self._texts = PrefixedTexts(prepared, self._run_text)
        self._opening = threading.Lock()
        self._sessions: dict[str | int, Any] = {}
        self._image(self.default_size)  # a place that is not to be had shows now

    def encode_images(self, batch: Squares) -> Rows:
        """RGB squares [B, S, S, 3], S one of `sizes` -> unit rows [B, D]; see `Engine`."""
        check_squares(batch, self.sizes)
        if len(batch) == 0:
            return np.empty((0, self._prepared.facts.embedding_dim), np.float32)
        return encode_in_halves(
            self._encode_squares,
            np.ascontiguousarray(batch),
            is_out_of_memory=self.is_out_of_memory,
            release_memory=self.release_memory,
        )

    def encode_texts(self, texts: Sequence[str]) -> Rows:
        """N texts -> unit rows [N, D]; see `Engine`."""
        if len(texts) == 0:
            return np.empty((0, self._prepared.facts.embedding_dim), np.float32)
        return encode_in_halves(
            self._texts.encode,
            tuple(texts),
            is_out_of_memory=self.is_out_of_memory,
            release_memory=self.release_memory,
        )

    def arrange_texts(self, prompts: Sequence[str], most: int) -> list[list[str]]:
        """`prompts` in chunks of at most `most` that are best encoded together."""
        return self._texts.arrange(prompts, most)

    def warm_up(self) -> None:
        """Encodes a picture at every size and a word; with TensorRT builds what is not built."""
        for size in self.sizes:
            self.encode_images(np.zeros((1, size, size, 3), np.uint8))
        self.encode_texts(["a word"])

    def vram_used_gb(self) -> float:
        """Memory that this process holds on its card, in GB (10^9 bytes); 0 on a CPU."""
        return 0.0 if self.place.provider == CPU else memory_of_this_process(self.place.card) / 1e9

    def cuda_available(self) -> bool:
        """Whether this build of ONNX Runtime knows CUDA."""
        return CUDA in onnx_runtime().get_available_providers()

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Whether memory ran out; ONNX Runtime says so only in words."""
        if isinstance(error, MemoryError):
            return True
        said = str(error).lower()
        return isinstance(error, (*onnx_errors(), RuntimeError)) and any(
            words in said for words in _OUT_OF_MEMORY_WORDS
        )

    def release_memory(self) -> None:
        """Nothing to do: a session's memory is given back with the session only."""

    def _encode_squares(self, batch: Squares) -> Rows:
        most = self._most if self.place.provider == TENSORRT else len(batch)
        side = batch.shape[1]
        session, given = self._image(side), {}
        if positions := self._prepared.positions:
            given["positions"] = positions[side]
        pieces = [batch[at : at + most] for at in range(0, len(batch), most)]
        rows = [session.run(["rows"], {"pixels": piece, **given})[0] for piece in pieces]
        return np.ascontiguousarray(np.concatenate(rows), dtype=np.float32)

    def _run_text(self, ids: npt.NDArray[np.int64], prefix: Rows, output: str) -> Rows:
        session = self._session("text", self._open_text)
        rows: Rows = session.run([output], {"ids": ids, "prefix": prefix})[0]
        return rows

    def _image(self, side: int) -> Any:
        """The image tower's session for squares of this side."""
        key = side if self.place.provider == TENSORRT else "image"
        return self._session(key, lambda: self._open_image(side))

    def _session(self, key: str | int, make: Callable[[], Any]) -> Any:
        if (session := self._sessions.get(key)) is None:
            with self._opening:
                if (session := self._sessions.get(key)) is None:
                    session = self._sessions[key] = make()
        return session

    def _open_image(self, side: int) -> Any:
        in_fp16 = self.place == Place(CUDA, "fp16", self.place.card)  # TensorRT narrows by itself
        graph = IMAGE_FP16 if in_fp16 else IMAGE
        return open_session(
            self._parts / graph, self.place, threads=self._workers, shapes=self._shapes(side)
        )

    def _open_text(self) -> Any:
        provider = CPU if self.place.provider == CPU else CUDA
        place = Place(provider, self.text_precision, self.place.card)
        # lengths vary: an arena would keep the memory of the largest
        return open_session(self._parts / TEXT, place, threads=self._workers, arena=False)

    @property
    def _workers(self) -> int:
        """A session's threads: each caller works beside those that all callers share."""
        return self.threads - self.streams + 1

    def _shapes(self, side: int) -> EngineShapes | None:
        if self.place.provider != TENSORRT or self._engine_folder is None:
            return None
        folder = self._engine_folder(side)
        folder.mkdir(parents=True, exist_ok=True)
        positions = self._prepared.positions
        table = tuple(positions[side].shape) if positions else None
        return engine_shapes(folder, side, table, self._most)
