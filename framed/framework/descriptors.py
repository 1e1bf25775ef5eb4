"""File descriptors: as many as this process may have, and how many connections they are for."""

from __future__ import annotations

import resource
from contextlib import suppress

ENOUGH = 65_536  # programs that walk over all possible descriptors exist
OWN = 32  # log, sockets, event loop, libraries
PER_CONNECTION = 3  # itself, and a call to each of the two runners


def raise_limit() -> int:
    """Lift the soft limit of this process to its hard one, and return what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return ENOUGH if soft == resource.RLIM_INFINITY else soft
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def room_for_connections(descriptors: int, most: int) -> int:
    """At most `most` connections, and no more than `descriptors` are for; at least one."""
    return max(1, min(most, (descriptors - OWN) // PER_CONNECTION))
