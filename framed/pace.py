"""How fast photos get done: the mean time from one to the next, as measured of late."""

from __future__ import annotations

UNKNOWN = 0.1  # seconds from one photo to the next before any was done: a slow CPU
# of the newest photo; a single slow one among many moves little. The first weigh more
_WEIGHT = 0.1


class Pace:
    """`seconds` from one finished photo to the next, were there always one to begin with."""

    def __init__(self) -> None:
        self.seconds = UNKNOWN
        self._noted = 0

    def note(self, held: float, beside: float) -> None:
        """A photo was worked on for `held` seconds, `beside` photos (itself one) at a time."""
        self._noted += 1
        weight = max(_WEIGHT, 1 / (1 + self._noted))  # the first guess counts as one
        self.seconds += weight * (held / max(beside, 1.0) - self.seconds)
