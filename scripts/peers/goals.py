"""What Framed wants to be beside the others, and whether it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scripts.peers.figures import Figures
from scripts.peers.table import MEMORY, PHOTOS, STARTED, Measure, least_ratio

BF16, FP32 = 2.0, 1.4  # times the best throughput, with and without bf16 instructions
MEMORY_SHARE = 0.6  # of the least memory


def goals(figures: Mapping[str, Figures], ours: str, *, bf16: bool) -> Iterator[str]:
    """A line a goal; nothing where ours or all others were not measured."""
    if ours not in figures or len(figures) < 2:
        return
    yield _goal("throughput", PHOTOS, figures, ours, BF16 if bf16 else FP32)
    yield _goal("memory", MEMORY, figures, ours, 1 / MEMORY_SHARE)
    yield _goal("start", STARTED, figures, ours, 1.0)
    failed = figures[ours].once.beside.failed
    yield f"{_word(not failed)}: {failed} others' requests fail beside a truncated photo"


def _goal(
    words: str, measure: Measure, figures: Mapping[str, Figures], ours: str, least: float
) -> str:
    ratio = least_ratio(measure, figures, ours)
    best = f"{words} {ratio:.2f} times as good as the best of the others"
    return f"{_word(ratio >= least)}: {best}, {least:.2f} wanted"


def _word(holds: bool) -> str:
    return "met" if holds else "missed"
