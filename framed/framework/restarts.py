"""When a worker that died is started again: at once, but later and later where it goes on dying."""

from __future__ import annotations

PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0)  # seconds, by deaths in a row
SOON = 5.0  # seconds: who lived longer than that died of something new
HOPELESS = 5  # deaths in a row of workers none of which ever came up


class Restarts:
    """The lives and deaths of one service's workers; `now` is any clock's seconds."""

    def __init__(self) -> None:
        self._started = 0.0
        self._came_up = False
        self._row = 0
        self._stillborn = 0
        self._not_before = 0.0

    def started(self, now: float) -> None:
        """A worker was started."""
        self._started, self._came_up = now, False

    def came_up(self) -> None:
        """The worker has given a sign of life."""
        self._came_up = True
        self._stillborn = 0

    def died(self, now: float) -> None:
        """The worker is dead."""
        lasted = self._came_up and now - self._started >= SOON
        self._row = 1 if lasted else self._row + 1
        self._stillborn += not self._came_up
        self._not_before = now + PAUSES[min(self._row, len(PAUSES)) - 1]

    def pause(self, now: float) -> float:
        """Seconds to wait before the next worker is started; 0: none."""
        return max(0.0, self._not_before - now)

    @property
    def is_hopeless(self) -> bool:
        """Several in a row died before they came up."""
        return self._stillborn >= HOPELESS
