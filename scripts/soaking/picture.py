"""The picture of a soak run: a panel a quantity, over time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scripts.soaking.answers import PERCENTILES, Answer, latencies
from scripts.soaking.samples import Sample

_WINDOWS = 60  # of latencies, over the whole run
_KINDS = {"2xx": "tab:green", "4xx": "tab:orange", "503": "tab:purple", "other 5xx": "tab:red"}


def draw(samples: Sequence[Sample], answers: Sequence[Answer], file: Path, title: str) -> None:
    """Writes it as PNG; raises `OSError` where it cannot be written."""
    import matplotlib

    matplotlib.use("Agg")  # no display is asked for
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(6, 1, figsize=(9, 14), sharex=True, layout="constrained")
    minutes = [each.seconds / 60 for each in samples]
    _memory(axes[0], minutes, samples)
    for axis, name, values in (
        (axes[1], "threads", [each.threads for each in samples]),
        (axes[2], "descriptors", [each.descriptors for each in samples]),
        (axes[3], "temp files", [each.temp_files for each in samples]),
    ):
        axis.plot(minutes, values)
        axis.set_ylabel(name)
        axis.set_ylim(bottom=0)
    window = max(samples[-1].seconds / _WINDOWS, 1.0) if samples else 1.0
    _latencies(axes[4], answers, window)
    _statuses(axes[5], answers, window)
    axes[5].set_xlabel("minutes")
    figure.suptitle(title)
    figure.savefig(file, dpi=110)
    pyplot.close(figure)


def _memory(axis: Any, minutes: Sequence[float], samples: Sequence[Sample]) -> None:
    for name in sorted({name for each in samples for name in each.memory}):
        axis.plot(minutes, [each.memory.get(name, float("nan")) for each in samples], label=name)
    axis.plot(minutes, [each.memory_mb for each in samples], "k", label="all")
    axis.set_ylabel("memory (PSS, MiB)")
    axis.set_ylim(bottom=0)
    axis.legend(fontsize=7, loc="lower right")


def _latencies(axis: Any, answers: Sequence[Answer], window: float) -> None:
    found = latencies(answers, window)
    for place, percent in enumerate(PERCENTILES):
        values = [each[place] for _, each in found]
        axis.plot([at / 60 for at, _ in found], values, label=f"p{percent}")
    axis.set_ylabel("/classify, ms")
    axis.set_ylim(bottom=0)
    axis.legend(fontsize=7, loc="upper right")


def _statuses(axis: Any, answers: Sequence[Answer], window: float) -> None:
    for kind, colour in _KINDS.items():
        counts: dict[int, int] = {}
        for each in answers:
            place = int(each.at // window)
            counts[place] = counts.get(place, 0) + (kind_of(each.status) == kind)
        places = sorted(counts)
        rates = [counts[place] / window for place in places]
        axis.plot([(place + 0.5) * window / 60 for place in places], rates, colour, label=kind)
    axis.set_ylabel("answers a second")
    axis.legend(fontsize=7, loc="upper right")


def kind_of(status: int) -> str:
    """The line that an answer of this status belongs to; "" for none."""
    if status == 503:
        return "503"
    return {2: "2xx", 4: "4xx", 5: "other 5xx"}.get(status // 100, "")
