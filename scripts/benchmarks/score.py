"""Rows of `match`: CPU of a photo from its bytes to ranked labels, with it against without.

The two take turns in one process; a ratio of 0.97 and more keeps the promise that match costs at
most 3 % of a request.
"""

from __future__ import annotations

from functools import partial

from framed.cpus import granted_cpus
from scripts.benchmarks.child import Child
from scripts.benchmarks.cpu import in_turns
from scripts.benchmarks.models import MINI, checkpoint, settings_for
from scripts.benchmarks.row import Conditions, Measured, Row
from scripts.benchmarks.score_side import LABELS, LARGE, OWN, OWN_LABELS, ScoreSide

_PHOTOS = 6
_RUNS = 12  # times as many as asked for: what differs by a hundredth needs them


def _asked(side: Child, bank: str | None, match: bool, jpeg: bytes) -> float:
    return float(side.ask("milliseconds", jpeg, bank, match))


def _row(name: str, bank: str | None, note: str) -> Row:
    def measure(conditions: Conditions) -> Measured:
        settings = settings_for(checkpoint(MINI), threads=granted_cpus())
        with Child(ScoreSide, settings, threads=granted_cpus()) as side:
            ways = [partial(_asked, side, bank, match) for match in (True, False)]
            photos = conditions.progress(conditions.jpegs[:_PHOTOS])
            value, without = in_turns(ways, photos, repeat=conditions.repeat * _RUNS)
        return Measured(value, "CPU ms", without, notes=(note,))

    return Row(name, measure)


ROWS = (
    _row("score/match", None, "default bank, 50 labels; in turns with match left out"),
    _row("score/match/own", OWN, f"{OWN_LABELS} own labels; in turns with match left out"),
    _row("score/match/5000", LARGE, f"{LABELS:,} labels; in turns with match left out"),
)
