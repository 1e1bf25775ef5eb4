"""Figures as they are shown: lines for a terminal, Markdown for the documentation, JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scripts.benchmarks.row import EngineFacts, Measured

Figures = Mapping[str, Measured]

_HEAD = ("", "value", "unit", "baseline", "ratio", "share")
_SIDES = (str.ljust, str.rjust, str.ljust, str.rjust, str.rjust, str.rjust)  # words, numbers
_ENGINE_HEAD = (
    *("engine", "device", "model", "px", "CPU ms", "x torch fp32", "share"),
    *("least cosine", "least centred"),
)


def as_json(figures: Figures) -> list[dict[str, Any]]:
    """One record a row."""
    return [
        {
            "name": name,
            "value": figure.value,
            "unit": figure.unit,
            "baseline": figure.baseline,
            "ratio": figure.ratio,
            "share": figure.share,
        }
        for name, figure in figures.items()
    ]


def as_text(figures: Figures) -> str:
    """The figures for a terminal, a line each, columns aligned; what is to be noted below them."""
    lines = [_HEAD, *_cells(figures)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    table = [_aligned(line, widths, _SIDES) for line in lines]
    return "\n".join([*table, *(["", *_noted(figures)] if _noted(figures) else [])])


def as_markdown(figures: Figures, machine: str) -> str:
    """The machine, the rows, the engines that ran in them, and the notes, as Markdown."""
    parts = [
        f"Machine: {machine}.",
        _table(("row", *_HEAD[1:]), _cells(figures), numbers={1, 3, 4, 5}),
    ]
    if engines := _engine_cells(figures):
        parts.append(_table(_ENGINE_HEAD, engines, numbers={3, 4, 5, 6, 7, 8}))
    parts += ["\n".join(f"- {line}" for line in _noted(figures))]
    return "\n\n".join(filter(None, parts))


def _cells(figures: Figures) -> list[tuple[str, ...]]:
    return [
        (name, _number(it.value), it.unit, *map(_number, (it.baseline, it.ratio, it.share)))
        for name, it in figures.items()
    ]


def _engine_cells(figures: Figures) -> list[tuple[str, ...]]:
    """What every image row ran on, and under each model and size the usual way beside it."""
    cells: dict[tuple[str, ...], None] = {}
    for figure in figures.values():
        if (ran := figure.engine) is None:
            continue
        if figure.baseline is not None:
            cells.setdefault(_engine_line(_usual(ran), Measured(figure.baseline, figure.unit)))
        cells.setdefault(_engine_line(ran, figure))
    return list(cells)


def _usual(ran: EngineFacts) -> EngineFacts:
    return EngineFacts(ran.model, ran.size, "torch eager", "cpu", "fp32", 1.0, 1.0)


def _engine_line(ran: EngineFacts, figure: Measured) -> tuple[str, ...]:
    return (
        f"{ran.engine} {ran.precision}",
        ran.device,
        ran.model,
        str(ran.size),
        *map(_number, (figure.value, figure.ratio, figure.share)),
        *(f"{cosine:.5f}" for cosine in (ran.cosine, ran.centred)),
    )


def _noted(figures: Figures) -> list[str]:
    return [f"{name}: {note}" for name, figure in figures.items() for note in figure.notes]


def _number(figure: float | None) -> str:
    if figure is None:
        return "-"
    return f"{figure:.2f}" if figure == 0 or abs(figure) >= 0.1 else f"{figure:.2g}"


def _table(head: Sequence[str], lines: Sequence[Sequence[str]], *, numbers: set[int]) -> str:
    marks = ["---:" if place in numbers else "---" for place in range(len(head))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, marks, *lines))


def _aligned(
    cells: Sequence[str], widths: Sequence[int], sides: Sequence[Callable[[str, int], str]]
) -> str:
    return "  ".join(
        side(cell, width) for side, cell, width in zip(sides, cells, widths, strict=True)
    )
