"""A process that decodes where it can be killed: `python -m framed.imaging.isolated`.

It takes orders on its standard input and gives outcomes on its standard output, one after another,
until its input ends. It dies with the process that started it, even in the middle of a decode.
"""

from __future__ import annotations

import os
import pickle
import resource
import select
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from framed.errors import FramedError
from framed.imaging.outcome import write_outcome
from framed.imaging.prepare import Prepared
from framed.imaging.reduce import use_one_thread
from framed.memory import trim
from framed.photo import DecodeSpec, ViewSpec

Work = Callable[[bytes, DecodeSpec, ViewSpec], Prepared]

_FIRST_TO_GO = Path("/proc/self/oom_score_adj")


@dataclass(frozen=True)
class Order:
    """What to do with which photo, and after how many seconds to die over it."""

    work: Work
    data: bytes
    decode: DecodeSpec
    views: ViewSpec
    seconds: float


def main() -> None:
    """Work until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the parent
    orders, answers = sys.stdin.buffer, _own_output()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _be_first_to_go()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no stranger's file fills the disk by crashes
    use_one_thread()
    while order := _next(orders):
        write_outcome(answers, _outcome(order))
        del order
        trim()


def _own_output() -> IO[bytes]:
    """Standard output for outcomes alone: what libraries print goes to standard error."""
    own = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return own


def _next(orders: IO[bytes]) -> Order | None:
    try:
        order: Order = pickle.load(orders)
    except EOFError:
        return None
    return order


def _outcome(order: Order) -> Prepared | FramedError:
    signal.setitimer(signal.ITIMER_REAL, order.seconds)  # the system's own: nothing holds it up
    try:
        return order.work(order.data, order.decode, order.views)
    except FramedError as refusal:
        return refusal
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _end_with_parent() -> None:
    lifeline = select.poll()
    lifeline.register(0, 0)  # of nothing but its other end's closing
    lifeline.poll()
    os._exit(0)


def _be_first_to_go() -> None:
    """Where memory runs out, the system ends this process before any other of the server."""
    try:
        _FIRST_TO_GO.write_text("1000")
    except OSError:
        return


if __name__ == "__main__":
    main()
