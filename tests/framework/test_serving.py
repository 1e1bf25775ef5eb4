"""A server started from within is the one that `bentoml serve` starts, in less."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil

from tests.framework.tiny import SECONDS, Tiny, environment, lay_out
from tests.server.running import free_port

NEVER = ("bentoml_cli", "bentoml._internal.cloud", "httpx", "jinja2", "rich")

PROGRAM = """
import sys
from framed.framework import supervisor
from framed.framework.serving import serve

import_ahead = supervisor._import_ahead

def told(modules):
    import_ahead(modules)
    print("there before the fork:", sorted(set({unused!r}) & sys.modules.keys()), flush=True)

supervisor._import_ahead = told
serve("tiny:svc", host="127.0.0.1", port=int(sys.argv[1]), keep_alive=65)
"""


def test_it_serves_replaces_the_killed_and_ends_when_told(tmp_path: Path) -> None:
    """On the address asked for, without BentoML's command line and what hangs on it; a SIGTERM
    leaves neither process nor folder."""
    place, port = lay_out(tmp_path), free_port()
    command = [sys.executable, "-c", PROGRAM.format(unused=NEVER), str(port)]
    with (
        (place / "log").open("w") as log,
        subprocess.Popen(
            command, cwd=place, env=environment(place), stdout=log, stderr=log, text=True
        ) as process,
    ):
        try:
            server = Tiny(process, f"http://127.0.0.1:{port}", place)
            first = server.pid()
            assert "there before the fork: []" in server.said()
            psutil.Process(first).kill()
            second = server.pid(unlike=first)
            process.send_signal(signal.SIGTERM)
            assert process.wait(SECONDS) == 0, server.said()
            assert not psutil.pid_exists(second)
            assert server.left() == []
        finally:
            process.kill()
