"""Calls that end when somebody else says so: their runner is gone, and no answer will come."""

from __future__ import annotations

import asyncio
from typing import Any


class RunnerGoneError(Exception):
    """The runner died or hung while a call to it was under way."""


class HeldCall:
    """A block that `end` ends, as `asyncio.timeout` does after a time; in `held` while it lasts.

    Its task sees `RunnerGoneError`; a cancel from elsewhere stays one.
    """

    def __init__(self, held: set[HeldCall]) -> None:
        self._held = held
        self._ended = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task, self._cancels = task, task.cancelling()
        self._held.add(self)

    def end(self) -> None:
        """Let the block end."""
        if not self._ended:
            self._ended = True
            self._task.cancel()

    def __exit__(self, kind: Any, cause: BaseException | None, _: Any) -> None:
        self._held.discard(self)
        if not self._ended:
            return
        ours = self._task.uncancel() <= self._cancels
        if ours and isinstance(cause, asyncio.CancelledError):
            raise RunnerGoneError from cause
