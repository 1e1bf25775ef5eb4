"""open_clip without torch's compiler, which Framed never uses and which is 4 of 9 s of its import.

torchvision asks the compiler one question while it is imported, and torch marks a few functions
that the compiler must leave alone. A stand-in answers both for the time of the import; after it
the real compiler can still be imported by whoever wants it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

COMPILER = "torch._dynamo"
_PARTS = (COMPILER, f"{COMPILER}.utils")


def import_open_clip() -> ModuleType:
    """The module open_clip, imported the short way; the long way where the short one fails."""
    if "open_clip" not in sys.modules and COMPILER not in sys.modules:
        try:
            with _compiler_left_out():
                return importlib.import_module("open_clip")
        except (ImportError, AttributeError, TypeError):  # another torch asks for more than we know
            pass
    return importlib.import_module("open_clip")


class _NoCompiler(ModuleType):
    """Looks like the compiler to those who mark functions for it, and marks nothing."""

    __path__: list[str] = []  # noqa: RUF012  # a package, as the import system sees it

    def disable(self, function: Any = None, *_: Any, **__: Any) -> Any:
        return function if function is not None else _unchanged

    def is_compile_supported(self, device: str) -> bool:
        return False


def _unchanged(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


@contextmanager
def _compiler_left_out() -> Iterator[None]:
    import torch  # the real one first: it looks for its compiler only when asked to compile

    for name in _PARTS:
        sys.modules[name] = _NoCompiler(name)
    try:
        yield
    finally:
        for name in _PARTS:
            sys.modules.pop(name, None)
        vars(torch).pop("_dynamo", None)
