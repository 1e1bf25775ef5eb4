"""A process of its own for what is measured: nobody else's libraries, threads and memory."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from framed.errors import StartupError
from scripts.benchmarks.row import NotMeasurableError

OUTSIDE = ("FRAMED_", "CLIP_", "BENTOML_")  # settings of whoever measures stay out
OUTSIDE_NAMES = {"PORT", "HOST", "PRIVATE"}
THREADS = tuple(f"{name}_NUM_THREADS" for name in ("OMP", "OPENBLAS", "MKL"))
_GOODBYE_S = 10


class Child:
    """What `make(*args)` returns, in a process of its own, whose methods are called from here.

    `threads` are those of its numeric libraries. Whatever fails over there is a
    `NotMeasurableError` here, at the next `ask`.
    """

    def __init__(self, make: Callable[..., object], *args: Any, threads: int = 1) -> None:
        spawn = get_context("spawn")
        self._line, there = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(there, make, args), daemon=True)
        with _environment(own_environment(threads)):
            self._process.start()
        there.close()

    def ask(self, method: str, *args: Any) -> Any:
        """What that method returns; arguments and answer are copied between the processes."""
        try:
            self._line.send((method, args))
            outcome = self._line.recv()
        except (EOFError, OSError):
            self._process.join(_GOODBYE_S)
            status = self._process.exitcode
            raise NotMeasurableError(f"its process ended with status {status}") from None
        if isinstance(outcome, NotMeasurableError):
            raise outcome
        return outcome

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.close()  # it reads on, finds nobody, and ends
        self._process.join(_GOODBYE_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def own_environment(threads: int | None = None) -> dict[str, str]:
    """This process's environment without settings of Framed, and with so many threads.

    None leaves the threads to the libraries.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(OUTSIDE) and name not in OUTSIDE_NAMES and name not in THREADS
    }
    return kept if threads is None else {**kept, **dict.fromkeys(THREADS, str(threads))}


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """A process that is started meanwhile inherits `wanted`."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _serve(line: Connection, make: Callable[..., object], args: tuple[Any, ...]) -> None:
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    logging.getLogger("framed").setLevel(logging.INFO)  # an export takes a minute: say so
    made = _outcome(make, args)
    while True:
        try:
            method, given = line.recv()
        except EOFError:
            return
        failed = isinstance(made, NotMeasurableError)
        line.send(made if failed else _outcome(getattr(made, method), given))


def _outcome(function: Callable[..., object], args: tuple[Any, ...]) -> object:
    """What the function returns, or why there is nothing."""
    try:
        return function(*args)
    except NotMeasurableError as reason:
        return reason
    except StartupError as reason:
        return NotMeasurableError(str(reason))
    except Exception as error:  # a door: it is told on the other side
        traceback.print_exc()
        return NotMeasurableError(f"{type(error).__name__}: {error}")
