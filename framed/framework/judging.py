"""Which worker hangs: pure judgement on signs of life and on what the system knows of a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from framed.heartbeat import Beat

STOPPED = 1.0  # seconds for which a worker may be stopped by a signal
SILENCE = 2.0  # seconds without a beat for a worker that does nothing either
STARTING = 600.0  # seconds that a worker may take to its first beat, or be lost in loading a model
BROKEN = 5.0  # seconds for which a worker may say that it cannot do its work
LATE = 1.5  # seconds between two rounds that say that the supervisor itself stood still
NOTHING = 0.03  # seconds of CPU: less than the half second's beats cost


@dataclass(frozen=True)
class Look:
    """A process at one moment: CPU seconds it has used, whether it is stopped, or waits."""

    cpu: float
    stopped: bool
    waits: bool


@dataclass
class _Heart:
    heard: float  # when it last beat, or was first seen
    cpu: float  # what it had used then
    beaten: bool = False
    loading: bool = False
    well: float = 0.0  # when it was last seen stopped no longer, and said that nothing is wrong


class Judge:
    """Keeps what was heard of each process; a busy one has `patience` seconds for a beat."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._hearts: dict[int, _Heart] = {}
        self._last: float | None = None

    def round(
        self, now: float, beats: Mapping[int, Beat], looks: Mapping[int, Look]
    ) -> dict[int, str]:
        """Why each process that hangs is to be killed, by its id; empty where none does.

        `beats` are those since the last round, `looks` has every living process. Nobody is judged
        after the supervisor itself stood still (a suspended machine, a frozen container): the
        workers did too.
        """
        stood_still = self._last is not None and now - self._last > LATE
        self._last = now
        self._hearts = {pid: self._heart(pid, now, look) for pid, look in looks.items()}
        for pid, heart in self._hearts.items():
            if stood_still:
                heart.heard = heart.well = now
            _hear(heart, beats.get(pid), now, looks[pid])
        judged = ((pid, self._fault(each, looks[pid], now)) for pid, each in self._hearts.items())
        return {pid: why for pid, why in judged if why}

    def _heart(self, pid: int, now: float, look: Look) -> _Heart:
        return self._hearts.get(pid) or _Heart(now, look.cpu, well=now)

    def _fault(self, heart: _Heart, look: Look, now: float) -> str | None:
        silent = now - heart.heard
        if now - heart.well >= (STOPPED if look.stopped else BROKEN):
            return "is stopped" if look.stopped else "says that it is broken"
        if heart.loading or not heart.beaten:
            return "does not come up" if silent >= STARTING else None
        if silent >= SILENCE and look.waits and look.cpu - heart.cpu < NOTHING:
            return "hangs"
        return "is lost in something" if silent >= self._patience else None


def _hear(heart: _Heart, beat: Beat | None, now: float, look: Look) -> None:
    if beat is not None:
        heart.heard, heart.cpu, heart.beaten, heart.loading = now, look.cpu, True, beat.loading
    if not look.stopped and not (beat and beat.broken):
        heart.well = now
