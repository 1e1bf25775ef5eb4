"""The report as it is read: aligned lines for a terminal, or Markdown for a model card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scripts.evaluation.figures import Report

_HEAD = ("measure", "value", "the same answer always")


def as_text(report: Report) -> str:
    """Figures, then the parts, weakest first."""
    lines = [_HEAD, *_rows(report)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    table = [_aligned(line, widths) for line in lines]
    parts = [f"{name}: {_listed(figures)}" for name, figures in report.parts.items()]
    return "\n".join([*table, "", *parts])


def as_markdown(report: Report) -> str:
    """Figures as a table of Markdown, then the parts as a list, weakest first."""
    rows = [_HEAD, ("---", "---:", "---:"), *_rows(report)]
    table = [f"| {' | '.join(row)} |" for row in rows]
    parts = [f"- {name}: {_listed(figures)}." for name, figures in report.parts.items()]
    return "\n".join([*table, "", *parts])


def _rows(report: Report) -> list[tuple[str, str, str]]:
    return [(it.name, _number(it.value), _number(it.constant)) for it in report.figures]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _listed(figures: Mapping[str, float]) -> str:
    ordered = sorted(figures.items(), key=lambda item: item[1])
    return ", ".join(f"{name} {value:.2f}" for name, value in ordered)


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, *numbers = cells
    padded = [it.rjust(width) for it, width in zip(numbers, widths[1:], strict=True)]
    return "  ".join([name.ljust(widths[0]), *padded]).rstrip()
