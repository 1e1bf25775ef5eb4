"""Connections are as many as there are descriptors for, with what each of them needs."""

from __future__ import annotations

import subprocess
import sys

from framed.framework.descriptors import OWN, PER_CONNECTION, room_for_connections


def test_room() -> None:
    """The setting is an upper bound; where descriptors are few, their number is."""
    assert room_for_connections(65_536, 4096) == 4096
    assert 20 < room_for_connections(128, 4096) * PER_CONNECTION + OWN <= 128
    assert room_for_connections(8, 4096) == 1


def test_the_soft_limit_is_raised() -> None:
    """To the hard one, in a process of its own."""
    program = (
        "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (100, 200));"
        "from framed.framework.descriptors import raise_limit;"
        "assert raise_limit() == 200 == r.getrlimit(r.RLIMIT_NOFILE)[0] == raise_limit()"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
