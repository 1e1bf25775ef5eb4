"""The engines: what runs the model. A new one is a file here and a line in `ENGINES`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from framed.errors import StartupError

if TYPE_CHECKING:
    from runners.clip.engines.contract import Engine
    from runners.clip.models import LoadedModel

ENGINES = {  # name -> module:class, imported when chosen
    "torch": "runners.clip.engines.torch_engine:TorchEngine",
}
_BEST_FIRST = ("torch",)  # what "auto" tries, in this order


def create_engine(
    name: str, loaded: LoadedModel, *, device: str, precision: str, threads: int
) -> Engine:
    """The engine called `name` ("auto": the best at hand), with the model on its device.

    `device` and `precision` may be "auto"; `threads` >= 1 are its CPU threads. Raises
    `StartupError` for an unknown engine, and for a device or precision that is not to be had.
    """
    chosen = _BEST_FIRST[0] if name == "auto" else name
    if chosen not in ENGINES:
        raise StartupError(f"Unknown engine {name!r}. Known: auto, {', '.join(ENGINES)}.")
    module, _, attribute = ENGINES[chosen].partition(":")
    engine_class = getattr(importlib.import_module(module), attribute)
    engine: Engine = engine_class(loaded, device=device, precision=precision, threads=threads)
    return engine
