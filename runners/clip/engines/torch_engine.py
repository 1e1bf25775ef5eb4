"""The reference engine: open_clip's weights in PyTorch, on CUDA, MPS or the CPU."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from framed.errors import StartupError
from runners.clip.engines.contract import by_length
from runners.clip.engines.cuda_graphs import GraphedTower, record_towers, release_towers
from runners.clip.engines.ladder import encode_in_halves
from runners.clip.engines.short_texts import encode_cut
from runners.clip.engines.square_check import check_squares
from runners.clip.engines.squares import default_size, possible_sizes
from runners.clip.engines.torch_device import (
    DTYPES,
    TorchDevice,
    choose_device,
    choose_precision,
    cuda_count,
    is_out_of_memory,
    precisions_from,
)
from runners.clip.engines.torch_reference import TorchReference, drawings
from runners.clip.engines.torch_towers import image_towers, placed, tables_for
from runners.clip.loading import LoadedModel

Rows = npt.NDArray[np.float32]

_log = logging.getLogger(__name__)


class TorchEngine:
    """A loaded model on one device, at every square size that it can look at.

    `loaded` itself stays as it is; on a CPU in fp32 its weights are shared, else copied. The
    number of threads holds for the whole process: PyTorch knows no other. On an accelerator calls
    take turns. `hardware` is the device that `device` names, where it exists already; engines of
    one model may share their `reference`.
    """

    name = "torch"
    streams = 1

    def __init__(
        self,
        loaded: LoadedModel,
        *,
        device: str,
        precision: str,
        threads: int,
        hardware: TorchDevice | None = None,
        reference: TorchReference | None = None,
    ) -> None:
        self._hardware = hardware or TorchDevice(choose_device(device))
        self.device = self._hardware.name
        self.threads = max(1, threads)
        torch.set_num_threads(self.threads)
        native, allowed = loaded.facts.native_size, loaded.facts.sizes
        self.sizes = possible_sizes(loaded.model.visual, native, allowed)
        self.default_size = default_size(self.sizes, native)
        self._loaded = loaded
        self._reference = reference or TorchReference(loaded, self.sizes[0])
        self._upload = self._hardware.upload()
        self._turn = threading.RLock()
        self.refused: tuple[str, ...] = ()  # better formats, and why they do not serve
        self._place(choose_precision(precision, self.device))

    def encode_images(self, batch: npt.NDArray[np.uint8]) -> Rows:
        """RGB squares [B, S, S, 3], S one of `sizes` -> unit rows [B, D]; see `Engine`."""
        check_squares(batch, self.sizes)
        if len(batch) == 0:
            return self._no_rows()
        with self._turn:
            return encode_in_halves(
                self._encode_squares,
                batch,
                is_out_of_memory=self.is_out_of_memory,
                release_memory=self.release_memory,
            )

    def encode_texts(self, texts: Sequence[str]) -> Rows:
        """N texts -> unit rows [N, D]; see `Engine`."""
        if len(texts) == 0:
            return self._no_rows()
        with self._turn:
            return encode_in_halves(
                self._encode_words,
                tuple(texts),
                is_out_of_memory=self.is_out_of_memory,
                release_memory=self.release_memory,
            )

    def arrange_texts(self, prompts: Sequence[str], most: int) -> list[list[str]]:
        """`prompts` in chunks of like lengths; see `Engine`."""
        return by_length(prompts, most)

    def warm_up(self) -> None:
        """Encodes a picture at every size and a word, and records CUDA graphs on a GPU.

        Half precision that overflows, or strays from the model's fp32 vectors, is given up for a
        wider format, with a warning. Raises `StartupError` where the model gives no numbers.
        """
        with self._turn:
            self._settle_precision()
            recorder = self._hardware.recorder()
            if recorder and not record_towers(self._towers, recorder, self._hardware.place):
                self._hardware.release_memory()

    def vram_used_gb(self) -> float:
        """Memory held on the accelerator by this process, in GB (10^9 bytes); 0 on a CPU."""
        return self._hardware.memory_held_gb()

    def cuda_available(self) -> bool:
        """Whether this process could use CUDA, whatever device was chosen."""
        return cuda_count() > 0

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Whether memory ran out, on any device; other faults of a device are not meant."""
        return is_out_of_memory(error)

    def release_memory(self) -> None:
        """Gives CUDA graphs up, and PyTorch's cached memory back to the device."""
        with self._turn:
            if release_towers(self._towers.values()):
                _log.warning("memory ran short on %s: no CUDA graphs from now on", self.device)
            self._hardware.release_memory()

    def _place(self, precision: str) -> None:
        """Puts the weights on the device in `precision`, and makes what the sizes need."""
        self.precision = self.text_precision = precision
        self._model, self._towers = None, {}  # never two copies on the device
        loaded, place = self._loaded, self._hardware.place
        self._model = placed(loaded.model, place, DTYPES[precision])
        towers = image_towers(loaded, self._model, tables_for(loaded, self.sizes))
        self._towers = {size: GraphedTower(tower) for size, tower in towers.items()}

    def _settle_precision(self) -> None:
        tried, *wider = precisions_from(self.precision, self.device)
        while refusal := self._refusal():
            if not wider:
                raise StartupError(
                    f"The model answers a plain picture with NaN ({refusal}): its file is damaged."
                )
            self.refused += (f"torch {tried} on {self.device}: {refusal}",)
            _log.warning("refused, a wider format is tried: %s", self.refused[-1])
            tried, *wider = wider
            self._place(tried)
            self._hardware.release_memory()

    def _refusal(self) -> str | None:
        """Why the model may not serve in this precision; fp32 needs only to give numbers."""
        finite = [np.isfinite(self.encode_images(drawings(size, 1))).all() for size in self.sizes]
        if not all(finite) or not np.isfinite(self.encode_texts(["a word"])).all():
            return f"{self.precision} overflows"
        return None if self.precision == "fp32" else self._reference.refusal(self, self.precision)

    def _no_rows(self) -> Rows:
        return np.empty((0, self._loaded.facts.embedding_dim), dtype=np.float32)

    @torch.inference_mode()
    def _encode_squares(self, batch: npt.NDArray[np.uint8]) -> Rows:
        return _downloaded(self._towers[batch.shape[1]](self._upload(batch)))

    @torch.inference_mode()
    def _encode_words(self, texts: tuple[str, ...]) -> Rows:
        tokens = self._loaded.tokenizer(list(texts)).to(self._hardware.place)
        features = encode_cut(self._model, tokens)
        return _downloaded(nn.functional.normalize(features.float(), dim=-1))


def _downloaded(rows: torch.Tensor) -> Rows:
    return np.ascontiguousarray(rows.cpu().numpy(), dtype=np.float32)
