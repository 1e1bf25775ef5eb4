"""The reference engine: open_clip's own model in PyTorch, on CUDA, MPS or the CPU."""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from framed.errors import StartupError
from runners.clip.engines.ladder import encode_in_halves
from runners.clip.engines.short_texts import encode_cut
from runners.clip.engines.squares import (
    default_size,
    models_by_size,
    positional_table,
    possible_sizes,
)
from runners.clip.loading import LoadedModel

DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
_OUT_OF_MEMORY_WORDS = (  # PyTorch has a type of its own for CUDA only
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
)

_log = logging.getLogger(__name__)


def choose_device(asked: str) -> str:
    """The device to use: `asked` with its number, or for "auto" CUDA, else MPS, else the CPU.

    Raises `StartupError` where the device asked for is not there.
    """
    if asked == "auto":
        return "cuda:0" if _cuda_count() else "mps" if _has_mps() else "cpu"
    kind, _, number = asked.partition(":")
    there = {"cpu": True, "mps": _has_mps(), "cuda": int(number or 0) < _cuda_count()}
    if not there.get(kind, False):
        raise StartupError(f"The device {asked} is not there; `auto` takes the best one at hand.")
    return "cuda:0" if asked == "cuda" else asked


def choose_precision(asked: str, device: str) -> str:
    """The number format of the weights: "auto" is fp16 on CUDA, fp32 elsewhere (half precision
    has given NaN on MPS). Raises `StartupError` for fp16 on a CPU."""
    if asked == "auto":
        return "fp16" if device.startswith("cuda") else "fp32"
    if asked == "fp16" and device == "cpu":
        raise StartupError("fp16 is several times slower than fp32 on a CPU: use fp32 or bf16.")
    if asked not in DTYPES:
        raise StartupError(f"Unknown precision {asked!r}. Known: auto, {', '.join(DTYPES)}.")
    return asked


class TorchEngine:
    """A loaded model on one device, at every square size that it can look at.

    `loaded` itself stays as it is; on a CPU in fp32 its weights are shared, else copied. The
    number of threads holds for the whole process: PyTorch knows no other.
    """

    name = "torch"

    def __init__(self, loaded: LoadedModel, *, device: str, precision: str, threads: int) -> None:
        self.device = choose_device(device)
        self.precision = choose_precision(precision, self.device)
        self.threads = max(1, threads)
        torch.set_num_threads(self.threads)
        visual, native = loaded.model.visual, loaded.native_size
        self.sizes = possible_sizes(visual, native, loaded.sizes)
        self.default_size = default_size(self.sizes, native)
        self._loaded = loaded
        self._place()

    def encode_images(self, batch: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """RGB squares [B, S, S, 3], S one of `sizes` -> unit rows [B, D]; see `Engine`."""
        self._check(batch)
        if len(batch) == 0:
            return self._no_rows()
        return encode_in_halves(
            self._encode_squares,
            batch,
            is_out_of_memory=self.is_out_of_memory,
            release_memory=self.release_memory,
        )

    def encode_texts(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """N texts -> unit rows [N, D]; see `Engine`."""
        if len(texts) == 0:
            return self._no_rows()
        return encode_in_halves(
            self._encode_words,
            tuple(texts),
            is_out_of_memory=self.is_out_of_memory,
            release_memory=self.release_memory,
        )

    def warm_up(self) -> None:
        """Encodes a picture at every size and a word.

        Half precision that overflows on the picture is given up for a wider format, with a
        warning. Raises `StartupError` where the model gives no numbers even so.
        """
        if not self._gives_numbers() and self.precision != "fp32":
            wider = "bf16" if self.precision == "fp16" and self._is_cuda else "fp32"
            _log.warning(
                "%s overflows with this model on %s: %s instead", self.precision, self.device, wider
            )
            self.precision = wider
            self._place()
        if not self._gives_numbers():
            raise StartupError("The model answers a plain picture with NaN: its file is damaged.")

    def vram_used_gb(self) -> float:
        """Memory held on the accelerator by this process, in GB (10^9 bytes); 0 on a CPU."""
        if self._is_cuda:
            return torch.cuda.memory_allocated(self.device) / 1e9
        if self.device == "mps":
            return torch.mps.driver_allocated_memory() / 1e9
        return 0.0

    def cuda_available(self) -> bool:
        """Whether this process could use CUDA, whatever device was chosen."""
        return _cuda_count() > 0

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Whether memory ran out, on any device; other faults of a device are not meant."""
        if isinstance(error, torch.OutOfMemoryError | MemoryError):
            return True
        if not isinstance(error, RuntimeError) or type(error).__name__ == "AcceleratorError":
            return False  # it leaves the device unusable: no second try helps (torch >= 2.8)
        return any(words in str(error) for words in _OUT_OF_MEMORY_WORDS)

    def release_memory(self) -> None:
        """Gives PyTorch's cached memory back to the device."""
        if self._is_cuda:
            torch.cuda.empty_cache()
        elif self.device == "mps":
            torch.mps.empty_cache()

    @property
    def _is_cuda(self) -> bool:
        return self.device.startswith("cuda")

    def _place(self) -> None:
        """Puts the weights on the device in `precision`, and makes what the sizes need."""
        loaded, dtype = self._loaded, DTYPES[self.precision]
        native, visual = loaded.native_size, loaded.model.visual
        tables = {size: positional_table(visual, size) for size in self.sizes if size != native}
        self._model = _placed(loaded.model, self.device, dtype)
        self._models = models_by_size(self._model, tables, native)
        self._dtype = dtype
        self._mean = torch.tensor(loaded.preprocess.mean, device=self.device).view(1, 3, 1, 1)
        self._std = torch.tensor(loaded.preprocess.std, device=self.device).view(1, 3, 1, 1)

    def _check(self, batch: npt.NDArray[np.uint8]) -> None:
        shape = batch.shape
        square = len(shape) == 4 and shape[1] == shape[2] and shape[3] == 3
        if batch.dtype != np.uint8 or not square or shape[1] not in self.sizes:
            raise ValueError(
                f"pictures must be uint8 [B, S, S, 3] with S in {self.sizes}, "
                f"not {batch.dtype} {list(shape)}"
            )

    def _no_rows(self) -> npt.NDArray[np.float32]:
        return np.empty((0, self._loaded.embedding_dim), dtype=np.float32)

    @torch.inference_mode()
    def _encode_squares(self, batch: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        model: Any = self._models[batch.shape[1]]
        return _unit_rows(model.encode_image(self._normalized(batch)))

    @torch.inference_mode()
    def _encode_words(self, texts: tuple[str, ...]) -> npt.NDArray[np.float32]:
        tokens = self._loaded.tokenizer(list(texts)).to(self.device)
        return _unit_rows(encode_cut(self._model, tokens))

    def _normalized(self, batch: npt.NDArray[np.uint8]) -> torch.Tensor:
        """[B, S, S, 3] uint8 -> [B, 3, S, S] on the device: a quarter of the bytes travel."""
        pixels = torch.tensor(batch).to(self.device, non_blocking=True).permute(0, 3, 1, 2)
        return ((pixels.float() / 255 - self._mean) / self._std).to(self._dtype)

    def _gives_numbers(self) -> bool:
        finite = [np.isfinite(self.encode_images(_drawing(size))).all() for size in self.sizes]
        return bool(np.isfinite(self.encode_texts(["a word"])).all() and all(finite))


def _placed(model: nn.Module, device: str, dtype: torch.dtype) -> nn.Module:
    """`model` itself where it is on `device` in `dtype` already, else a copy that is."""
    if device == "cpu" and dtype == torch.float32:
        return model
    tensors = (*model.parameters(), *model.buffers())
    moved: dict[int, Any] = {id(tensor): _moved(tensor, device, dtype) for tensor in tensors}
    return copy.deepcopy(model, moved)  # deepcopy finds each tensor "copied": none is held twice


def _moved(tensor: torch.Tensor, device: str, dtype: torch.dtype) -> torch.Tensor:
    to = tensor.detach().to(device, dtype if tensor.is_floating_point() else None)
    return nn.Parameter(to, requires_grad=False) if isinstance(tensor, nn.Parameter) else to


def _unit_rows(features: torch.Tensor) -> npt.NDArray[np.float32]:
    rows = nn.functional.normalize(features.float(), dim=-1).cpu().numpy()
    return np.ascontiguousarray(rows, dtype=np.float32)


def _drawing(size: int) -> npt.NDArray[np.uint8]:
    """A plain picture, uint8 [1, size, size, 3]: a slope of grey with one coloured corner."""
    slope = np.linspace(0, 255, size, dtype=np.uint8)
    picture = np.repeat(np.tile(slope, (size, 1))[..., None], 3, axis=2)
    picture[: size // 3, : size // 3] = (200, 40, 40)
    return picture[None]


def _cuda_count() -> int:
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _has_mps() -> bool:
    return torch.backends.mps.is_available()
