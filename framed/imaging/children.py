"""The few processes that decode what may outlast its deadline; each photo's failure is its own."""

from __future__ import annotations

import logging
import signal
from concurrent.futures import Future
from queue import Empty, Queue
from threading import Lock, Thread

from framed.errors import Code, FramedError
from framed.imaging.child import Child, ChildGoneError
from framed.imaging.isolated import Order
from framed.imaging.prepare import Prepared

logger = logging.getLogger("framed.imaging")

_FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)  # no decoder's doing
IDLE_SECONDS = 60.0  # after which a child that nobody needs ends


class Decode:
    """One photo on its way through a child: its `outcome`, and an end to it before that."""

    def __init__(self, order: Order, *, ends_child: bool) -> None:
        self.outcome: Future[Prepared] = Future()
        self._order = order
        self._ends_child = ends_child
        self._child: Child | None = None
        self._unwanted = False
        self._lock = Lock()

    def drop(self) -> None:
        """Nobody waits any more: it never starts, or its child is killed over it."""
        if self.outcome.cancel():
            return
        with self._lock:
            self._unwanted = True
            if self._child:
                self._child.kill()

    def run(self, child: Child | None) -> Child | None:
        """Does it, in `child` or a new one; returns the child that is left over, if any is."""
        if not self.outcome.set_running_or_notify_cancel():
            return child
        try:
            child = child or Child()
            done = self._do(child)
        except ChildGoneError as gone:
            self.outcome.set_exception(self._lost(gone))
            return None
        except OSError as fault:  # no descriptors, no memory, no process left
            logger.error("no process can be started to decode in: %s", fault)
            self.outcome.set_exception(_no_child())
            return None
        except Exception as fault:  # an order that cannot be sent: its asker's
            _end(child)
            self.outcome.set_exception(fault)
            return None
        if self._ends_child:  # its memory goes with it, to the last page
            child.end()
        if isinstance(done, FramedError):
            self.outcome.set_exception(done)
        else:
            self.outcome.set_result(done)
        return None if self._ends_child else child

    def _do(self, child: Child) -> Prepared | FramedError:
        with self._lock:
            if self._unwanted:
                child.kill()
            self._child = child
        try:
            return child.do(self._order)
        finally:
            with self._lock:
                self._child = None

    def _lost(self, gone: ChildGoneError) -> FramedError:
        if self._unwanted or gone.status == -signal.SIGALRM:
            logger.warning("a decode was ended: its time was over, or its caller had left")
            return too_late()
        if -gone.status in _FROM_OUTSIDE:
            logger.error("a decode was ended from outside (%s), perhaps as memory ran out", gone)
            return _no_child()
        logger.error("a decoder crashed and took its process with it (%s)", gone)
        return FramedError(
            Code.CORRUPT, "The file makes its decoder fail; send the picture saved anew."
        )


class Children:
    """Up to `count` children, started when there is work; work runs in the order of asking."""

    def __init__(self, count: int, idle: float = IDLE_SECONDS) -> None:
        self._count = count
        self._idle = idle
        self._decodes: Queue[Decode | None] = Queue()
        self._threads = 0
        self._unfinished = 0
        self._closed = False
        self._lock = Lock()

    def start(self, decode: Decode) -> None:
        """Has it done. Raises RuntimeError once closed, or where no thread can be started."""
        with self._lock:
            if self._closed:
                raise RuntimeError("closed")
            if self._unfinished >= self._threads < self._count:
                Thread(target=self._keep_child, name="isolated", daemon=True).start()
                self._threads += 1
            self._unfinished += 1
            self._decodes.put(decode)

    def close(self) -> None:
        """Drops what has not started and lets what has come to its end; returns at once."""
        with self._lock:
            self._closed = True
            waiting = _all_of(self._decodes)
            for _ in range(self._threads):
                self._decodes.put(None)
        for decode in waiting:
            decode.drop()

    def _keep_child(self) -> None:
        child: Child | None = None
        while True:
            try:
                decode = self._decodes.get(timeout=self._idle if child else None)
            except Empty:
                _end(child)
                child = None
                continue
            if decode is None:
                _end(child)
                return
            child = decode.run(child)
            del decode
            with self._lock:
                self._unfinished -= 1


def _end(child: Child | None) -> None:
    if child:
        child.end()


def _all_of(queue: Queue[Decode | None]) -> list[Decode]:
    found = []
    while True:
        try:
            if decode := queue.get_nowait():
                found.append(decode)
        except Empty:
            return found


def too_late() -> FramedError:
    return FramedError(
        Code.DEADLINE, "The picture was not decoded within its deadline; send a smaller one."
    )


def _no_child() -> FramedError:
    return FramedError(
        Code.UNAVAILABLE, "This picture cannot be decoded now; send it again.", retry_after=5
    )
