"""`framed.leaving`: a process that is told to go stays while it is called."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

PROGRAM = """
import signal, time
from framed.leaving import Calls, leave_last
gone = []
signal.signal(signal.SIGTERM, lambda *_: gone.append(time.monotonic()))
calls = Calls()
leave_last(calls, quiet=0.2, longest={longest})
calls.begin()
print("ready", flush=True)
told = time.monotonic()
while time.monotonic() - told < 0.6:
    time.sleep(0.01)
assert bool(gone) == {gone_early}, gone
calls.end()
ended = time.monotonic()
while not gone:
    time.sleep(0.01)
if not {gone_early}:
    assert gone[0] - ended >= 0.2
print("left", flush=True)
"""


def run(longest: float, gone_early: bool) -> str:
    program = PROGRAM.format(longest=longest, gone_early=gone_early)
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    os.kill(process.pid, signal.SIGTERM)
    return process.communicate(timeout=20)[0]


def test_it_stays_while_a_call_runs_and_a_while_longer() -> None:
    """The server's own handler gets the signal once the calls have been quiet."""
    assert run(longest=10, gone_early=False) == "left\n"


def test_it_does_not_stay_for_ever() -> None:
    """A call that never ends holds the signal back for the longest time only."""
    assert run(longest=0.1, gone_early=True) == "left\n"
