"""One compiled tower of OpenVINO's, and one that is there only while it is wanted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from framed.memory import give_back

Rows = npt.NDArray[np.float32]

IDLE_SECONDS = (
    60.0  # without a call, after which a tower is let go; it comes back in a second or so
)


class Tower:
    """A compiled model that any threads may call, each with a request of its own: one shared by
    threads answers with another's."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self._own = threading.local()

    def run(self, inputs: Mapping[str, Any], output: str) -> Rows:
        """One call; the answer is a copy."""
        if (request := getattr(self._own, "request", None)) is None:
            request = self._own.request = self._compiled.create_infer_request()
        request.infer(dict(inputs))
        rows: Rows = np.array(request.get_tensor(output).data, dtype=np.float32)
        return rows


class PassingTower:
    """A tower that is opened by its first call, and let go once nobody has called it for `idle`
    seconds: its weights are as large as those of the image tower, and label banks lie on disk."""

    def __init__(
        self,
        open_tower: Callable[[], Tower],
        idle: float = IDLE_SECONDS,
        *,
        once_warm: Callable[[], object] = lambda: None,
    ) -> None:
        """`once_warm` is called behind the first call of a tower that was opened."""
        self._open_tower = open_tower
        self._once_warm = once_warm
        self._idle = idle
        self._lock = threading.Lock()
        self._tower: Tower | None = None
        self._used = 0.0

    @property
    def is_open(self) -> bool:
        """Whether its weights are in memory."""
        return self._tower is not None

    def run(self, inputs: Mapping[str, Any], output: str) -> Rows:
        """See `Tower.run`."""
        tower, is_new = self._opened()
        try:
            return tower.run(inputs, output)
        finally:
            self._used = time.monotonic()
            if is_new:
                self._once_warm()

    def _opened(self) -> tuple[Tower, bool]:
        """The tower, and whether it was opened just now."""
        with self._lock:
            self._used = time.monotonic()
            if self._tower is not None:
                return self._tower, False
            self._tower = self._open_tower()
            self._look_after(self._idle)
            return self._tower, True

    def _look_after(self, seconds: float) -> None:
        timer = threading.Timer(seconds, self._close_if_idle)
        timer.daemon = True
        timer.start()

    def _close_if_idle(self) -> None:
        with self._lock:
            if (left := self._used + self._idle - time.monotonic()) > 0:
                self._look_after(left)
                return
            self._tower = None
        give_back()
