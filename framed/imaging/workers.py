"""Threads that work off a queue; one that gets stuck is replaced, so that the others' work goes on.

A thread cannot be ended from outside: what never returns keeps its thread for good, and a pool of a
few would stand still after a few of them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock, Thread, get_ident
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger("framed.imaging")

REPLACEMENTS = 2  # for each thread of the pool, at most so many for those that got stuck
_Task = tuple[Future[Any], Callable[[], Any]]


class Workers:
    """Up to `count` threads, started when there is work; work runs in the order of asking.

    What runs longer than `patience` seconds counts as stuck.
    """

    def __init__(self, count: int, name: str, patience: float) -> None:
        self._count = count
        self._name = name
        self._patience = patience
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._since: dict[int, float] = {}  # of each busy thread: when its work began
        self._threads = 0
        self._waiting = 0  # tasks asked for that no thread has taken
        self._closed = False
        self._lock = Lock()

    def submit(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """The outcome to come; cancelled before its turn, the work never starts.

        Raises RuntimeError once closed, or where not even one thread can be started.
        """
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("closed")
            self._waiting += 1
            try:
                self._enlist()
            except RuntimeError:
                self._waiting -= 1
                raise
            self._tasks.put((future, partial(function, *args, **kwargs)))
        return future

    def all_stuck(self) -> bool:
        """Whether no thread is left that works, and no other may take its place."""
        with self._lock:
            if self._waiting and not self._closed:
                self._enlist()
            return self._stuck() >= self._count * (1 + REPLACEMENTS)

    def close(self) -> None:
        """Drops what has not started and lets what has come to its end; returns at once."""
        with self._lock:
            self._closed = True
            with suppress(Empty):
                while task := self._tasks.get_nowait():
                    task[0].cancel()
            for _ in range(self._threads):
                self._tasks.put(None)

    def _enlist(self) -> None:
        """Starts a thread where work waits, none is idle, and there is room for one."""
        idle, stuck = self._threads - len(self._since), self._stuck()
        replaced = min(stuck, self._count * REPLACEMENTS)
        if idle >= self._waiting or self._threads >= self._count + replaced:
            return
        try:
            Thread(target=self._work, name=self._name, daemon=True).start()
        except RuntimeError:  # the machine gives no more threads; those there are will do
            if not self._threads:
                raise
            return
        self._threads += 1
        if self._threads > self._count:
            logger.error("%d %s threads are stuck; another takes their place", stuck, self._name)

    def _stuck(self) -> int:
        latest = time.monotonic() - self._patience
        return sum(began < latest for began in self._since.values())

    def _work(self) -> None:
        while task := self._tasks.get():
            self._begin()
            _run(*task)
            del task  # a photo's bytes would stay until the next one comes
            if self._end():
                return
        with self._lock:
            self._threads -= 1

    def _begin(self) -> None:
        with self._lock:
            self._waiting -= 1
            self._since[get_ident()] = time.monotonic()

    def _end(self) -> bool:
        """Whether this thread has to go: it was stuck, and another has its place."""
        with self._lock:
            del self._since[get_ident()]
            surplus = self._threads > self._count + self._stuck()
            self._threads -= surplus
            return surplus


def _run(future: Future[Any], work: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        outcome = work()
    except BaseException as fault:  # whatever it is, it is the asker's
        future.set_exception(fault)
    else:
        future.set_result(outcome)
