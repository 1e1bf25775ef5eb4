"""The report of scores as it is read: a table after the other, as text or as Markdown."""

from __future__ import annotations

from collections.abc import Mapping

from scripts.evaluation.scores.judged import Figures
from scripts.evaluation.scores.report import ScoreReport
from scripts.evaluation.tables import Row, markdown_table, number, text_table


def as_text(report: ScoreReport) -> str:
    """Aligned lines for a terminal."""
    tables = (text_table(*lines_of(name, rows)) for name, rows in report.tables.items() if rows)
    return "\n\n".join("\n".join(table) for table in tables)


def as_markdown(report: ScoreReport) -> str:
    """Tables of Markdown."""
    tables = (markdown_table(*lines_of(name, rows)) for name, rows in report.tables.items() if rows)
    return "\n\n".join("\n".join(table) for table in tables)


def lines_of(name: str, rows: Mapping[str, Figures]) -> tuple[Row, list[Row]]:
    """Head and lines of one table, which has a row at least."""
    columns = list(next(iter(rows.values())))
    lines: list[Row] = [
        [row, *(number(figures[each]) for each in columns)] for row, figures in rows.items()
    ]
    return [name, *columns], lines
