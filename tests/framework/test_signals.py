"""Whatever signal the supervisor gets, the server stops cleanly or goes on as before."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from framed.framework.signals import HARMLESS, STOPS, Signals
from tests.framework.tiny import SECONDS, SERVICE, Tiny, lay_out, tiny_server

NOHUP = ("sh", "-c", 'trap "" HUP; exec "$@"', "sh")
LONG = 60.0  # seconds of a request that nobody waits for to the end

# A system that at first has no room for a process, and a signal that comes while one is started.
DISTURBED = f"""{SERVICE}
import errno, signal
fork, refused = os.fork, []

def disturbed():
    if len(refused) < 5:
        refused.append(open("refused", "a").write("x"))
        raise BlockingIOError(errno.EAGAIN, "no room")
    if os.path.exists("tell"):
        os.kill(os.getpid(), signal.SIGHUP)
    return fork()

if not is_worker():
    os.fork = disturbed
"""


class Loop:
    """Calls at once what is to be called on the loop."""

    def add_callback_from_signal(self, callback: Any) -> None:
        callback()


@pytest.fixture(scope="module")
def disturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiny]:
    """The server of the next tests, which come in order; the last one ends it."""
    with tiny_server(lay_out(tmp_path_factory.mktemp("signals"), DISTURBED)) as server:
        yield server


def test_a_worker_that_could_not_be_started_is_started_later(disturbed: Tiny):
    """Also where that was so five times in a row, after which circus gives the service up."""
    assert disturbed.pid()
    assert (disturbed.place / "refused").read_text() == "xxxxx"


def test_the_signals_of_others_do_nothing(disturbed: Tiny):
    """Those that rotate logs or tell of a window: the worker stays, and the next is started."""
    before = disturbed.pid()
    for number in (*HARMLESS, signal.SIGWINCH):
        disturbed.process.send_signal(number)
        if number in HARMLESS:
            os.kill(before, number)  # as by `pkill`, which finds every process
    os.kill(before, signal.SIGHUP)
    time.sleep(0.3)
    assert disturbed.pid() == before
    os.kill(before, signal.SIGKILL)
    assert disturbed.pid(unlike=before)


def test_a_stop_that_comes_while_a_worker_is_started_is_heard(disturbed: Tiny):
    """SIGHUP, as when the terminal is closed: the server stops as by SIGTERM."""
    (disturbed.place / "tell").touch()
    os.kill(disturbed.pid(), signal.SIGKILL)
    assert disturbed.process.wait(SECONDS) == 0
    assert disturbed.left() == []


def test_only_impatience_cuts_a_stop_short(tmp_path: Path):
    """Under nohup SIGHUP is nothing; SIGTERM, twice too, waits for the request that is under way;
    Ctrl-C after that ends it."""
    with tiny_server(lay_out(tmp_path), NOHUP) as server:
        before = server.pid()
        server.process.send_signal(signal.SIGHUP)
        lost: list[Exception] = []
        asking = threading.Thread(target=_wait, args=(server.url, lost))
        asking.start()
        time.sleep(0.5)
        assert server.pid() == before
        for _ in range(2):
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.6)
        assert (server.process.poll(), lost) == (None, [])
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(SECONDS) == 0
        asking.join()
        assert len(lost) == 1
        assert server.left() == []


def _wait(url: str, lost: list[Exception]) -> None:
    try:
        httpx.post(f"{url}/wait", json={"seconds": LONG}, trust_env=False, timeout=2 * LONG)
    except httpx.HTTPError as gone:
        lost.append(gone)


@pytest.fixture
def handlers() -> Iterator[None]:
    """Those of the test run, put back at the end."""
    before = {number: signal.getsignal(number) for number in (*STOPS, *HARMLESS)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize("number", STOPS)
def test_each_of_them_stops_and_two_at_once_are_one(number: signal.Signals):
    """Twice in a moment is a wrapper that passes on what its group has got already."""
    told: list[str] = []
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the run's own may be under nohup
    Signals(Loop(), lambda: told.append("leave"), lambda: told.append("end"))
    for _ in range(2):  # not raised: other tests' engines leave no stack that signals can use
        handler = signal.getsignal(number)
        assert callable(handler)
        handler(number, None)
    assert told == ["leave", "leave"]
