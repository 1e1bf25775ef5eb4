"""One service's workers as the supervisor sees them: started again when they die, wherever it runs.

In a container BentoML leaves a dead worker dead. Here it ends the server only where workers never
come up, for who runs the container to see.
"""

from __future__ import annotations

import logging
import os
import shlex
import sys
import time
from typing import Any

from bentoml.serving import running_inside_container
from circus.watcher import Watcher
from tornado import gen

from framed.framework.forking import ForkedProcess
from framed.framework.restarts import Restarts

logger = logging.getLogger("bentoml.supervisor")

NEVER = 86_400  # seconds: a worker that is asked to go finishes what it has taken on


class ServiceWatcher(Watcher):
    """circus's watcher that restarts with pauses, and may fork its workers."""

    forks = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.restarts = Restarts()

    @staticmethod
    def can_fork() -> bool:
        """Whether workers may be forked on this system."""
        return sys.platform == "linux"  # macOS's own libraries do not survive it

    @property
    def is_hopeless(self) -> bool:
        """Workers never come up, and somebody else looks after this server."""
        return self.restarts.is_hopeless and bool(running_inside_container())

    @property
    def _process_class(self) -> Any:
        return ForkedProcess if self.forks else super()._process_class

    def spawn_process(self, recovery_wid: Any = None) -> Any:
        self.restarts.started(time.monotonic())
        spawned = super().spawn_process(recovery_wid)
        if spawned is False:  # the system lets no process be started just now
            self.restarts.died(time.monotonic())
        return spawned

    def reap_process(self, pid: int, status: int | None = None) -> None:
        if pid in self.processes and not self.is_stopping():
            self.restarts.died(now := time.monotonic())
            _tell(self.name, pid, status, self.restarts.pause(now))
        super().reap_process(pid, status)

    @gen.coroutine
    def manage_processes(self) -> Any:
        pause = self.restarts.pause(time.monotonic())
        if pause and not self.processes:
            self.arbiter.loop.call_later(pause, self.arbiter.manage_watchers)
            return
        if self.is_stopped():  # circus stops a service none of whose workers can be started
            yield self._start()
        else:
            yield super().manage_processes()


def create_watcher(
    name: str, args: list[str], *, cmd: str = sys.executable, use_sockets: bool = True, **rest: Any
) -> ServiceWatcher:
    """In place of `bentoml.serving.create_watcher`, with the same arguments."""
    return ServiceWatcher(
        name=name,
        cmd=shlex.quote(cmd) if os.name == "posix" else cmd,
        args=args,
        copy_env=True,
        stop_children=False,  # decoders end with their front, once what it has taken on is done
        use_sockets=use_sockets,
        graceful_timeout=NEVER,
        **rest,
    )


def _tell(name: str, pid: int, status: int | None, pause: float) -> None:
    why = "for an unknown reason" if status is None else _cause(os.waitstatus_to_exitcode(status))
    when = f"in {pause:g} s" if pause else "at once"
    logger.warning("%s (process %d) ended %s; it is started again %s", name, pid, why, when)


def _cause(exit_code: int) -> str:
    return f"by signal {-exit_code}" if exit_code < 0 else f"with {exit_code}"
