"""Serve Framed from this checkout; once it is ready, print a curl that tries it.

This process becomes the server's supervisor, so that signals and exit status are its own; the
ready line comes from a small process beside it, which goes when the server is ready or gone.
"""

from __future__ import annotations

import argparse
import errno
import http.client
import json
import os
import select
import shlex
import signal
import socket
import sys
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import NoReturn

from framed.errors import StartupError
from framed.settings import settings

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "docs" / "samples" / "pier_sunset.jpg"
KEEP_ALIVE_S = 65  # longer than clients keep an idle connection; 5 s by default resets some
POLL_S = 0.1
FAILED_TEXT = """
Framed runs, but it cannot serve its model: the log above says why, at level "error".
Stop it with Ctrl-C, mend that, and start it again.
"""
_KEY = ("-H", "Authorization: Bearer YOUR_KEY")
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class State(Enum):
    """How far the server is."""

    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


def main() -> None:
    """Check the settings and the port, then become the server."""
    host, port = _address()
    _refuse_busy(host, port)
    os.chdir(ROOT)
    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
    _watch(host, port)
    from framed.framework.serving import serve  # only now: a mistake above is said at once

    serve("service:svc", host=host, port=port, keep_alive=KEEP_ALIVE_S)


def ready_text(host: str, port: int, sample: Path = SAMPLE, *, keyed: bool = False) -> str:
    """The ready line, and below it a curl that classifies the sample photo; with a place for the
    key where the server is `keyed`."""
    address = reachable(host)
    url = f"http://{f'[{address}]' if ':' in address else address}:{port}"
    curl = shlex.join(
        ["curl", *(_KEY if keyed else ()), "-F", f"file=@{sample}", f"{url}/classify"]
    )
    return f"\nFramed is ready on {url}, documented on {url}/docs. Try it:\n{curl}\n"


def reachable(host: str) -> str:
    """An address of this machine that reaches a server bound to `host`."""
    return ANYWHERE.get(host, host)


def announce(host: str, port: int, lifeline: int) -> None:
    """Print the ready text once `/readyz` answers 200, or that it never will.

    `lifeline` is the reading end of a pipe that the server holds open; when it closes, the server
    is gone, and nothing is said.
    """
    while not select.select([lifeline], [], [], POLL_S)[0]:
        if (state := _state(reachable(host), port)) is not State.LOADING:
            ready = ready_text(host, port, keyed=_is_keyed())
            print(ready if state is State.READY else FAILED_TEXT, flush=True)
            return


def _is_keyed() -> bool:
    chosen = settings()
    return chosen.api_keys is not None or chosen.api_keys_file is not None


def _address() -> tuple[str, int]:
    parser = argparse.ArgumentParser(prog="python -m scripts.serve", description=__doc__)
    parser.add_argument("--host", help="address to listen on (default: FRAMED_HOST, 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (default: FRAMED_PORT, 3000)")
    flags = parser.parse_args()
    try:
        chosen = settings()
    except StartupError as error:
        sys.exit(str(error))
    return flags.host or chosen.bind_host, flags.port or chosen.port


def _refuse_busy(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
        try:
            probe.bind((host, port))
        except OSError as error:
            sys.exit(_cannot_listen(host, port, error))


def _cannot_listen(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        why = "something else listens there"
    else:
        why = error.strerror or str(error)
    return (
        f"Framed cannot listen on port {port} of {host}: {why}.\n"
        f"Choose another port, for example: PORT={port % 65535 + 1} make run"
    )


def _watch(host: str, port: int) -> None:
    """Announce from a process that is nobody's child, so that no zombie stays with the server."""
    lifeline, held = os.pipe()
    if child := os.fork():
        os.waitpid(child, 0)
        os.close(lifeline)
        os.set_inheritable(held, True)  # the server keeps it open, unknowing, to its end
    elif os.fork():
        os._exit(0)
    else:
        os.close(held)
        _work_and_exit(lambda: announce(host, port, lifeline))


def _work_and_exit(work: Callable[[], None]) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it without a trace
    try:
        work()
    finally:
        os._exit(0)


def _state(address: str, port: int) -> State:
    connection = http.client.HTTPConnection(address, port, timeout=5)  # never by a proxy
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        if response.status == 200:
            return State.READY
        failed = json.load(response)["error"]["details"]["model"] == "failed"
        return State.FAILED if failed else State.LOADING
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        return State.LOADING  # nobody listens yet, or who listens cannot say more
    finally:
        connection.close()


if __name__ == "__main__":
    main()
