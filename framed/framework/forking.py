"""Workers forked from the supervisor, which has imported all that they need.

A worker's start is 4 to 6 seconds of imports, on a busy machine more; forked it is a fraction of
one, and what the processes have imported is in memory once. The supervisor does next to nothing
and has no threads of its own but zmq's, which hold nothing that a worker uses.
"""

from __future__ import annotations

import atexit
import gc
import multiprocessing.util
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

import psutil
from circus.process import Process

from framed.framework.naming import name_process
from framed.framework.run_folder import keep_to
from framed.framework.signals import HARMLESS, STOPS

HIGHEST_DESCRIPTOR = 65_536


@dataclass(frozen=True)
class Order:
    """What a worker is started with: the command line of its program, environment and folder."""

    arguments: Sequence[str]
    env: Mapping[str, str]
    folder: str

    def named(self, option: str) -> str:
        """The value behind `option` on the command line."""
        return self.arguments[self.arguments.index(option) + 1]

    @property
    def program_arguments(self) -> list[str]:
        """All behind `python -m module`."""
        return list(self.arguments[self.arguments.index("-m") + 2 :])


class ForkedProcess(Process):
    """circus's process, forked instead of run anew."""

    def spawn(self) -> None:
        self.started = time.time()
        arguments = self.format_args(sockets_fds=self._get_sockets_fds())
        self._worker = fork(Order(arguments, self.env, self.working_dir))


class Forked(psutil.Process):
    """A forked worker, with what circus asks of a `Popen`."""

    stdout = stderr = returncode = None

    def poll(self) -> int | None:
        """The exit code of the worker; None while it lives."""
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                self.returncode = os.waitstatus_to_exitcode(status) if pid else None
            except ChildProcessError:  # the supervisor has reaped it
                self.returncode = 0
        return self.returncode


def fork(order: Order) -> Forked:
    """A worker of BentoML's own program, as a child of this process."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # the terminal or the reader of the log is gone
            stream.flush()
    gc.collect()
    gc.freeze()  # what is there now is not looked at again, so that its memory stays shared
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 on: zmq's threads
        pid = os.fork()
    if pid == 0:
        _become(order)
    return Forked(pid)


def _become(order: Order) -> NoReturn:
    code = 1
    try:
        _leave_the_supervisor(order)
        _enter(order)
        code = _work(order)
    except BaseException:  # nothing may return into the supervisor's own frames
        traceback.print_exc()
    finally:
        os._exit(code)


def _leave_the_supervisor(order: Order) -> None:
    """Give up its signals, its descriptors and what it wanted to do at its end."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, *STOPS):
        signal.signal(number, signal.SIG_DFL)
    for number in (signal.SIGHUP, *HARMLESS):  # whoever tells every process means the supervisor
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    listening = int(order.named("--fd"))
    os.closerange(3, listening)
    os.closerange(listening + 1, HIGHEST_DESCRIPTOR)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.close(null)
    atexit._clear()
    atexit.register(multiprocessing.util._exit_function)  # type: ignore[attr-defined]


def _enter(order: Order) -> None:
    os.environ.clear()
    os.environ.update(order.env)
    os.chdir(order.folder)
    keep_to(order.env.get("TMPDIR"))
    sys.argv = [*order.arguments[:1], *order.program_arguments]
    name_process(order.named("--service-name"))


def _work(order: Order) -> int:
    from _bentoml_impl.worker.service import main

    try:
        main(order.program_arguments)
    except SystemExit as end:
        return _exit_code(end.code)
    finally:
        threading._shutdown()  # type: ignore[attr-defined]  # as an interpreter does at its end
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _exit_code(code: Any) -> int:
    if code is None or isinstance(code, int):
        return code or 0
    print(code, file=sys.stderr)
    return 1
