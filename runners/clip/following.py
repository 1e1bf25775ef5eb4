"""Looks every second whether another replica of the group reloaded, and does as it did."""

from __future__ import annotations

import logging
from threading import Event, Thread

from framed.errors import FramedError
from runners.clip.shelf import BankShelf

EVERY = 1.0  # seconds between two looks at one small file
AGAIN = 30.0  # seconds after a failure
SOON = 1.0  # seconds that a look usually ends within

logger = logging.getLogger("framed.clip.banks")


class Follower:
    """A thread that keeps `shelf` at what its group serves, from `start` to `stop`."""

    def __init__(self, shelf: BankShelf, every: float = EVERY, again: float = AGAIN) -> None:
        self._shelf = shelf
        self._every = every
        self._again = again
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="group", daemon=True)

    def start(self) -> None:
        """Begin, where there is a group to follow."""
        if self._shelf.group is not None:
            self._thread.start()

    def stop(self) -> None:
        """End the thread, which holds the banks; one in the middle of a look is not waited for."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(SOON)

    def _run(self) -> None:
        pause = self._every
        while not self._stopped.wait(pause):
            pause = self._every if self._look() else self._again

    def _look(self) -> bool:
        try:
            self._shelf.follow()
        except (FramedError, OSError, ValueError) as reason:
            logger.warning("the group %s is not followed: %s", self._shelf.group, reason)
            return False
        except Exception:  # a door: a thread that ends here would never follow again
            logger.exception("the group %s is not followed", self._shelf.group)
            return False
        return True
