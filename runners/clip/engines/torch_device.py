"""PyTorch's devices and number formats: which are there, which suit, how memory runs out."""

from __future__ import annotations

import torch

from framed.errors import StartupError
from runners.clip.engines.cuda_graphs import CudaRecorder, Recorder
from runners.clip.engines.pinned import PinnedUpload, Upload, plain_upload

DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
_OUT_OF_MEMORY_WORDS = (  # PyTorch has a type of its own for CUDA only
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
)


def choose_devices(asked: str) -> tuple[str, ...]:
    """The devices to use, as PyTorch names them; several only where all GPUs were asked for.

    "cuda" is every GPU in sight, "cuda:N" that one; "auto" is every GPU, else MPS, else the CPU.
    Raises `StartupError` where the device asked for is not there.
    """
    gpus = tuple(f"cuda:{number}" for number in range(cuda_count()))
    if asked == "auto":
        return gpus or (("mps",) if _has_mps() else ("cpu",))
    there = {"cpu": ("cpu",), "mps": ("mps",) if _has_mps() else (), "cuda": gpus}
    there |= {gpu: (gpu,) for gpu in gpus}
    if not there.get(asked):
        raise StartupError(f"The device {asked} is not there; `auto` takes the best one at hand.")
    return there[asked]


def choose_device(asked: str) -> str:
    """The first of `choose_devices`."""
    return choose_devices(asked)[0]


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


def precisions_from(precision: str, device: str) -> tuple[str, ...]:
    """`precision`, and those that may serve in its place where a model does not bear it."""
    ladder = ("fp16", "bf16", "fp32") if device.startswith("cuda") else ("fp16", "fp32")
    return ladder[ladder.index(precision) :] if precision in ladder else (precision, "fp32")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, on any device; other faults of a device are not meant."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    if not isinstance(error, RuntimeError) or type(error).__name__ == "AcceleratorError":
        return False  # it leaves the device unusable: no second try helps (torch >= 2.8)
    return any(words in str(error) for words in _OUT_OF_MEMORY_WORDS)


def cuda_count() -> int:
    """GPUs that CUDA may use."""
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


class TorchDevice:
    """A device, and what is particular to its kind; `place` is where its tensors lie."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.place = torch.device(name)
        if self.is_cuda:
            torch.backends.cudnn.allow_tf32 = False  # fp32 is to be fp32, for the process

    @property
    def is_cuda(self) -> bool:
        """Whether it is a GPU under CUDA."""
        return self.name.startswith("cuda")

    def upload(self) -> Upload:
        """A way for photos to the device."""
        return PinnedUpload(self.place) if self.is_cuda else plain_upload(self.place)

    def recorder(self) -> Recorder | None:
        """What records work there, None where nothing does."""
        return CudaRecorder(self.place) if self.is_cuda else None

    def release_memory(self) -> None:
        """Gives PyTorch's cached memory back to the device."""
        if self.is_cuda:
            with torch.cuda.device(self.place):
                torch.cuda.empty_cache()
        elif self.name == "mps":
            torch.mps.empty_cache()

    def memory_held_gb(self) -> float:
        """Memory held by this process, in GB (10^9 bytes); 0 on a CPU."""
        if self.is_cuda:  # the graphs' pools are in reserved memory only
            return torch.cuda.memory_reserved(self.place) / 1e9
        return torch.mps.driver_allocated_memory() / 1e9 if self.name == "mps" else 0.0


def _has_mps() -> bool:
    return torch.backends.mps.is_available()
