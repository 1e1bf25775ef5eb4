"""The engine, or the engines, that PyTorch has for a model on the devices asked for."""

from __future__ import annotations

from runners.clip.engines.contract import Engine
from runners.clip.engines.pool import EnginePool
from runners.clip.engines.squares import possible_sizes
from runners.clip.engines.torch_device import choose_devices
from runners.clip.engines.torch_engine import TorchEngine
from runners.clip.engines.torch_reference import TorchReference
from runners.clip.loading import LoadedModel


def open_on_torch(loaded: LoadedModel, *, device: str, precision: str, threads: int) -> Engine:
    """An engine on each of the devices that `device` names (see `choose_devices`), pooled where
    there are several.

    Raises `StartupError` for a device or a precision that is not to be had.
    """
    sizes = possible_sizes(loaded.model.visual, loaded.facts.native_size, loaded.facts.sizes)
    reference = TorchReference(loaded, sizes[0])
    engines = [
        TorchEngine(loaded, device=name, precision=precision, threads=threads, reference=reference)
        for name in choose_devices(device)
    ]
    return engines[0] if len(engines) == 1 else EnginePool(engines)
