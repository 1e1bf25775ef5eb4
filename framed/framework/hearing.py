"""The supervisor's ear: who has given a sign of life, and an end to who has not for too long."""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from framed.framework.judging import Judge, Look
from framed.framework.watcher import ServiceWatcher
from framed.heartbeat import LONGEST_BEAT, Beat

logger = logging.getLogger("bentoml.supervisor")

_IDLE = (psutil.STATUS_SLEEPING, psutil.STATUS_IDLE)


class Hearing:
    """Hears the beats that come in at the socket `path`."""

    def __init__(self, path: Path, patience: float) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)
        self._judge = Judge(patience)

    def close(self) -> None:
        """Hear no more."""
        self._socket.close()

    def kill_the_hung(self, services: Iterable[ServiceWatcher]) -> None:
        """One round: SIGKILL to every worker that hangs, with all that it started itself."""
        by_pid = {pid: service for service in services for pid in service.processes}
        beats = {beat.pid: beat for beat in self._beats() if beat.pid in by_pid}
        for pid in beats:
            by_pid[pid].restarts.came_up()
        looks = {pid: look for pid in by_pid if (look := _look(pid))}
        for pid, why in self._judge.round(time.monotonic(), beats, looks).items():
            logger.error("%s (process %d) %s; it is killed", by_pid[pid].name, pid, why)
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)  # each worker leads a group of its own

    def _beats(self) -> Iterable[Beat]:
        with suppress(BlockingIOError):
            while True:
                yield Beat.unpacked(self._socket.recv(LONGEST_BEAT))


def _look(pid: int) -> Look | None:
    """What a process is doing; None where it is dead."""
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            used, status = process.cpu_times(), process.status()
    except psutil.Error:
        return None
    if status == psutil.STATUS_ZOMBIE:
        return None
    return Look(used.user + used.system, status == psutil.STATUS_STOPPED, status in _IDLE)
