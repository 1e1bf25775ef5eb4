"""The supervisor of a server: BentoML's arbiter, out of others' reach and quick to see a death.

BentoML's own listens for commands on two TCP ports that every user of the machine can call, looks
for dead workers every ten seconds, and in a container ends when one is dead. Here there is nothing
to call, a death is a signal, and a worker that dies or hangs is started again in its place.
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
import signal
import threading
import uuid
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import Any, Literal

import bentoml.serving
from bentoml._internal.utils import circus as factory
from circus.arbiter import Arbiter
from tornado import gen
from tornado.ioloop import PeriodicCallback

from framed.framework.hearing import Hearing
from framed.framework.run_folder import RunFolder
from framed.framework.signals import Signals
from framed.framework.sweeping import sweep
from framed.framework.watcher import ServiceWatcher, create_watcher
from framed.heartbeat import HEART
from framed.ipc.calls import CALLS
from framed.telemetry.keeping import COUNTS

logger = logging.getLogger("bentoml.supervisor")

LOOK_SECONDS = 1.0  # between two looks for dead workers, where no signal tells
ROUND_SECONDS = 0.5  # between two looks for workers that hang
AGAIN_SECONDS = 0.05  # after which to look again where a command is under way


def supervise(patience: float, ahead: Sequence[str] = ()) -> None:
    """Let BentoML's server be started with this supervisor from now on, in this process.

    A worker that is busy is left without a sign of life for `patience` seconds. The modules
    `ahead` are what workers import: the supervisor does so once, before they are forked from it.
    """

    def create_standalone_arbiter(
        watchers: list[Any], *, threaded: bool = False, **options: Any
    ) -> Any:
        sweep()
        made = ThreadedSupervisor if threaded else Supervisor
        folder = RunFolder()
        reloads = bool(options.get("plugins"))
        developed = reloads or options.get("debug", False)  # perhaps in a debugger, which stands
        forks = not (threaded or developed) and ServiceWatcher.can_fork()
        if forks:
            _import_ahead(ahead)
        for watcher in watchers:
            watcher.forks = forks
            watcher.env |= {
                "TMPDIR": str(folder.temp),
                COUNTS: str(folder.counts),
                CALLS: str(folder.path),
                **({} if developed else {HEART: str(folder.beats)}),
            }
        supervisor = made(watchers, check_delay=LOOK_SECONDS, **_ends(folder, reloads), **options)
        supervisor.attend(folder, None if developed else Hearing(folder.beats, patience))
        gc.freeze()  # what was imported stays
        gc.enable()  # it may have been left out until now
        return supervisor

    factory.create_standalone_arbiter = create_standalone_arbiter
    bentoml.serving.create_watcher = create_watcher


def _ends(folder: RunFolder, reached: bool) -> dict[str, str]:
    """Where the supervisor hears commands: nowhere, or in its folder where a plugin has to."""
    if reached:
        return {
            "endpoint": f"ipc://{folder.path}/control",
            "pubsub_endpoint": f"ipc://{folder.path}/events",
        }
    name = uuid.uuid4().hex
    return {"endpoint": f"inproc://{name}", "pubsub_endpoint": f"inproc://{name}-events"}


def _import_ahead(modules: Sequence[str]) -> None:
    for name in modules:
        with suppress(ImportError):  # of an engine left out: who needs it says so
            importlib.import_module(name)


class LateStack(ExitStack):
    """BentoML's own leaves at the beginning of a stop, and takes the runners' sockets along, which
    the front still calls; this one leaves when it is closed."""

    def __exit__(self, *_: Any) -> Literal[False]:
        return False

    def close(self) -> None:
        """Leave now."""
        super().__exit__(None, None, None)


class _Supervising:
    """What both of BentoML's arbiters lack."""

    def attend(self: Any, folder: RunFolder, hearing: Hearing | None) -> None:
        """Keep the run's `folder` until the end, and kill who hangs by what `hearing` finds."""
        self._folder, self._hearing, self._rounds = folder, hearing, None
        vars(self)["exit_stack"] = LateStack()
        self.ctrl.sys_hdl.stop()  # the handlers are again what they were before circus
        self.take_signals()

    def take_signals(self: Any) -> None:
        """Hear the signals to this process."""
        self.ctrl.sys_hdl = Signals(self.loop, self.leave, self.end)

    def leave(self: Any) -> Any:
        """Stop gracefully, once no command is under way: circus would refuse beside one."""
        if self._stopping:
            return None
        if self._exclusive_running_command is not None:
            return self.loop.call_later(AGAIN_SECONDS, self.leave)
        logger.info("stopping once what was taken on is done")
        return Arbiter.stop(self)

    def end(self: Any) -> None:
        """Stop without waiting for what the workers have taken on."""
        for pid in [pid for watcher in self.watchers for pid in watcher.processes]:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)  # each worker leads a group of its own
        self.leave()

    def initialize(self: Any) -> None:
        super().initialize()  # type: ignore[misc]
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGCHLD, self._child_died)
        if self._hearing is not None:
            self._rounds = PeriodicCallback(self._round, 1000 * ROUND_SECONDS)
            self._rounds.start()

    def _child_died(self: Any, *_: Any) -> None:
        self.loop.add_callback_from_signal(self.manage_watchers)

    @gen.coroutine
    def manage_watchers(self: Any) -> Any:
        """Start workers anew where some died; end where one never comes up in a container."""
        if self._stopping:
            return
        if self._exclusive_running_command is not None or self._restarting:
            self.loop.call_later(AGAIN_SECONDS, self.manage_watchers)
            return
        self._exclusive_running_command = "manage_watchers"
        try:
            self.reap_processes()
            yield [watcher.manage_processes() for watcher in self.iter_watchers()]
        finally:
            self._exclusive_running_command = None
        if any(getattr(watcher, "is_hopeless", False) for watcher in self.iter_watchers()):
            yield self._Arbiter__stop()
            self._exception = RuntimeError("A worker never came up; the log above says why.")

    def _round(self: Any) -> None:
        if not self._stopping:
            self._hearing.kill_the_hung(self._services())

    def _services(self: Any) -> list[ServiceWatcher]:
        return [each for each in self.watchers if isinstance(each, ServiceWatcher)]

    def stop_controller_and_close_sockets(self: Any) -> None:
        if self._rounds is not None:
            self._rounds.stop()
        super().stop_controller_and_close_sockets()  # type: ignore[misc]
        if self._hearing is not None:
            self._hearing.close()
        self.exit_stack.close()
        self._folder.remove()


class Supervisor(_Supervising, factory.Arbiter):
    """The supervisor of `bentoml serve`, which is all that its process does."""


class ThreadedSupervisor(_Supervising, factory.ThreadedArbiter):
    """The supervisor of `bentoml.serve()`, in a thread of somebody's program."""

    def take_signals(self) -> None:
        """None: they are the program's, which stops the server."""

    def stop(self) -> None:
        """Stop gracefully; returns when all is gone."""
        if self.loop is not None:
            self.loop.add_callback(self.leave)
        if self._thread is not None:
            self._thread.join()
