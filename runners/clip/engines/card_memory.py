"""How much of a card's memory this process holds, asked of the driver: no engine tells it."""

from __future__ import annotations

import importlib
import os
from typing import Any


def memory_of_this_process(card: int) -> int:
    """Bytes; 0 where the driver cannot be asked, or knows this process by another number."""
    try:
        nvml = importlib.import_module("pynvml")
    except ImportError:
        return 0
    try:
        nvml.nvmlInit()
        try:
            return _held(nvml, card)
        finally:
            nvml.nvmlShutdown()
    except nvml.NVMLError:
        return 0


def _held(nvml: Any, card: int) -> int:
    processes = nvml.nvmlDeviceGetComputeRunningProcesses(nvml.nvmlDeviceGetHandleByIndex(card))
    return sum(each.usedGpuMemory or 0 for each in processes if each.pid == os.getpid())
