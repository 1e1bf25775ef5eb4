"""The machine and the libraries that figures were taken with, in words."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import psutil

from framed.cpus import granted_cpus
from runners.clip.engines.hardware import cpu_name

_PACKAGES = ("openvino", "onnxruntime", "torch", "open_clip_torch", "numpy", "pillow")


def cores_named() -> str:
    """The CPU and how many of its cores are granted."""
    return f"{cpu_name()}, {granted_cpus()} core(s)"


def described() -> str:
    """CPU, cores granted, memory, system, and the versions of what does the arithmetic."""
    memory = psutil.virtual_memory().total / 1e9
    here = f"{cores_named()}, {memory:.0f} GB of memory"
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{here}; {system}, {', '.join(filter(None, map(_versioned, _PACKAGES)))}"


def _versioned(package: str) -> str | None:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return None
