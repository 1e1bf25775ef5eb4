"""The report as it is read: aligned lines for a terminal, or Markdown for a model card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from scripts.evaluation.figures import Report

Row = Sequence[str]

_HEAD = ("measure", "value", "the same answer always")


def as_text(report: Report) -> str:
    """Figures, then the parts, weakest first."""
    parts = [f"{name}: {_listed(figures)}" for name, figures in report.parts.items()]
    return "\n".join([*text_table(_HEAD, _rows(report)), "", *parts])


def as_markdown(report: Report) -> str:
    """Figures as a table of Markdown, then the parts as a list, weakest first."""
    parts = [f"- {name}: {_listed(figures)}." for name, figures in report.parts.items()]
    return "\n".join([*markdown_table(_HEAD, _rows(report)), "", *parts])


def text_table(head: Row, rows: Iterable[Row]) -> list[str]:
    """Lines of a table whose first column are names and whose others are numbers."""
    lines = [head, *rows]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    return [_aligned(line, widths) for line in lines]


def markdown_table(head: Row, rows: Iterable[Row]) -> list[str]:
    """The same in Markdown."""
    lines = [head, ("---", *["---:"] * (len(head) - 1)), *rows]
    return [f"| {' | '.join(row)} |" for row in lines]


def _rows(report: Report) -> list[Row]:
    return [(it.name, number(it.value), number(it.constant)) for it in report.figures]


def number(value: float | None) -> str:
    """A figure as it stands in a table."""
    return "" if value is None else f"{value:.3f}"


def _listed(figures: Mapping[str, float]) -> str:
    ordered = sorted(figures.items(), key=lambda item: item[1])
    return ", ".join(f"{name} {value:.2f}" for name, value in ordered)


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, *numbers = cells
    padded = [it.rjust(width) for it, width in zip(numbers, widths[1:], strict=True)]
    return "  ".join([name.ljust(widths[0]), *padded]).rstrip()
