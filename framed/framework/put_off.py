"""Imports put off until somebody uses what they bring: BentoML's client of its cloud, builder of
Bentos and proxy of other servers, which a server that only serves never calls.

They are a third of what it takes to import BentoML, and of what it holds.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

UNUSED = (  # with all below them
    "_bentoml_impl.server.proxy",
    "bentoml._internal.bento",
    "bentoml._internal.cloud",
    "bentoml._internal.models",
    "cloudpickle",
    "dateutil",
    "fsspec",
    "httpx",
    "httpx_ws",
    "jinja2",
    "rich",
    "wsproto",
)


@contextmanager
def put_off(names: Sequence[str] = UNUSED) -> Iterator[None]:
    """Within the block modules of these names, unless they are there already, are imported in name
    only; each is really imported when something of it is first used, then or later."""
    finder = _Finder(names)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        finder.leave()


class _Finder(MetaPathFinder, Loader):
    """Gives stand-ins for the modules of its names."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = {name for name in names if name not in sys.modules}

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        root = self._root(name)
        return ModuleSpec(name, self, is_package=True) if root else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _LateModule(spec.name, self)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing: that is the point."""

    def leave(self) -> None:
        """From now on modules are imported as ever."""
        with suppress(ValueError):
            sys.meta_path.remove(self)
        for root in tuple(self._names):
            self._forget(root)

    def real(self, name: str) -> ModuleType:
        """The module itself."""
        if root := self._root(name):
            self._forget(root)
        return importlib.import_module(name)

    def stands_in(self, name: str) -> bool:
        """Whether the module is not asked for in earnest yet."""
        return self._root(name) is not None

    def _root(self, name: str) -> str | None:
        return next((root for root in self._names if _is_below(name, root)), None)

    def _forget(self, root: str) -> None:
        self._names.discard(root)
        for name, module in tuple(sys.modules.items()):
            if _is_below(name, root) and isinstance(module, _LateModule):
                del sys.modules[name]


def _is_below(name: str, root: str) -> bool:
    return name == root or name.startswith(f"{root}.")


class _LateModule(ModuleType):
    """What importers hold in place of a module: its names are names only, as long as it is."""

    def __init__(self, name: str, finder: _Finder) -> None:
        super().__init__(name)
        self._finder = finder

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what the import system asks of every module
            raise AttributeError(name)
        if self._finder.stands_in(self.__name__):
            return _LateName(self, name)
        return getattr(self._real(), name)

    @property
    def is_there(self) -> bool:
        """Whether the module was imported; else nothing can be an instance of its classes."""
        there = sys.modules.get(self.__name__)
        return there is not None and not isinstance(there, _LateModule)

    def _real(self) -> ModuleType:
        return self._finder.real(self.__name__)


class _LateName:
    """A class or function of such a module, taken from it by `from module import name`; to be
    called, derived from, or looked into."""

    def __init__(self, module: _LateModule, name: str) -> None:
        self._module, self._name = module, name

    def _real(self) -> Any:
        return getattr(self._module._real(), self._name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._real()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what `typing` asks of everything that it is given
            raise AttributeError(name)
        return getattr(self._real(), name)

    def __getitem__(self, key: Any) -> Any:
        return self._real()[key]

    def __mro_entries__(self, _: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self._real(),)

    def __instancecheck__(self, instance: object) -> bool:
        return self._module.is_there and isinstance(instance, self._real())

    def __subclasscheck__(self, subclass: type) -> bool:
        return self._module.is_there and issubclass(subclass, self._real())
