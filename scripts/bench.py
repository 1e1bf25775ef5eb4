"""How fast the parts of Framed are, row by row: a table, and the same figures as JSON."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from scripts.benchmarks.row import Conditions, Item, Measured, NotMeasurableError, Row

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "docs" / "samples"
OUT = ROOT / "build" / "bench.json"
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
EXIT_OK, EXIT_FAILURES, EXIT_CANNOT_RUN = 0, 1, 2


class CannotRunError(Exception):
    """Nothing can be measured; the message says what to do."""


def rows() -> tuple[Row, ...]:
    """All rows, in the order in which they are printed: a group is a file and a line here."""
    from scripts.benchmarks import cache, metrics  # OpenCV counts its threads when it is imported

    return (*metrics.ROWS, *cache.ROWS)


@dataclass(frozen=True)
class Shown(Conditions):
    """Conditions that show a bar of the photos while a row is measured."""

    row: str = ""

    def progress(self, items: Iterable[Item]) -> Iterable[Item]:
        """`items` again, counted on standard error if that is a terminal."""
        return tqdm(items, desc=self.row, unit="photo", leave=False, disable=None)


def choose(table: Sequence[Row], only: Sequence[str]) -> list[Row]:
    """The rows of these names, or whose names begin so (all, if `only` is empty), in table order.

    A full name means that row alone. Unknown names are a CannotRunError that names near ones.
    """
    names = [row.name for row in table]
    if unknown := [word for word in only if not _meant(word, names)]:
        raise CannotRunError(" ".join(_unknown(word, names) for word in unknown))
    meant = {name for word in only for name in _meant(word, names)}
    return [row for row in table if row.name in meant or not only]


def _meant(word: str, names: Sequence[str]) -> list[str]:
    return [word] if word in names else [name for name in names if name.startswith(word)]


def _unknown(word: str, names: Sequence[str]) -> str:
    known = [*names, *dict.fromkeys(name.split("/")[0] for name in names)]
    near = difflib.get_close_matches(word, known, cutoff=0.5) or known
    return f"There is no row {word!r}; did you mean {' or '.join(near)}?"


def measure(table: Sequence[Row], jpegs: Sequence[bytes], repeat: int) -> dict[str, Measured]:
    """Figures by name; a row that cannot be measured here is said on standard error, and absent."""
    figures = {}
    for row in table:
        try:
            figures[row.name] = row.measure(Shown(jpegs, repeat, row.name))
        except NotMeasurableError as reason:
            print(f"bench: {row.name} left out: {reason}", file=sys.stderr)
    return figures


def as_json(figures: Mapping[str, Measured]) -> list[dict[str, Any]]:
    """One record a row."""
    return [
        {
            "name": name,
            "value": figure.value,
            "unit": figure.unit,
            "baseline": figure.baseline,
            "ratio": figure.ratio,
        }
        for name, figure in figures.items()
    ]


def as_text(figures: Mapping[str, Measured]) -> str:
    """The figures for a person, a line each, columns aligned."""
    lines = [("", "value", "unit", "baseline", "ratio")]
    lines += [
        (name, _number(it.value), it.unit, _number(it.baseline), _number(it.ratio))
        for name, it in figures.items()
    ]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    return "\n".join(_aligned(line, widths) for line in lines)


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Words to the left, numbers to the right."""
    sides = (str.ljust, str.rjust, str.ljust, str.rjust, str.rjust)
    return "  ".join(
        side(cell, width) for side, cell, width in zip(sides, cells, widths, strict=True)
    )


def _number(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:.2f}"


def _photos(folder: Path) -> list[bytes]:
    from scripts.benchmarks.photos import load_jpegs  # as in `rows`

    if not folder.is_dir():
        raise CannotRunError(f"{folder} is not a folder.")
    if not (jpegs := load_jpegs(folder)):
        raise CannotRunError(f"No photos in {folder}.")
    return jpegs


def _make_room(out: Path) -> None:
    """The folder of `out`, before minutes are spent on what could not be written."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.touch()
    except OSError as error:
        raise CannotRunError(f"{out} cannot be written: {error.strerror}.") from error


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(
        prog="bench",
        description="Measure how fast the parts of Framed are. Exit status: 0, 1 if a row could "
        "not be measured, 2 if it cannot run.",
    )
    command.add_argument(
        "--only",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME",
        help="rows to measure, or how their names begin, such as `metrics` (all)",
    )
    command.add_argument(
        "--photos", type=Path, default=SAMPLES, metavar="FOLDER", help="photos (docs/samples)"
    )
    command.add_argument(
        "--repeat", type=_count, default=5, metavar="N", help="runs a photo (%(default)s)"
    )
    command.add_argument(
        "--out", type=Path, default=OUT, metavar="FILE", help="figures (build/bench.json)"
    )
    return command


def main(
    arguments: Sequence[str] | None = None, *, table: Callable[[], Sequence[Row]] = rows
) -> int:
    """Run the command; answers its exit status."""
    asked = parser().parse_args(arguments)
    try:
        chosen = choose(table(), asked.only)
        jpegs = _photos(asked.photos)
        _make_room(asked.out)
    except CannotRunError as reason:
        print(f"bench: {reason}", file=sys.stderr)
        return EXIT_CANNOT_RUN
    print(f"{len(jpegs)} photo(s) of {asked.photos}", file=sys.stderr)
    figures = measure(chosen, jpegs, asked.repeat)
    print(as_text(figures))
    asked.out.write_text(json.dumps(as_json(figures), indent=2) + "\n")
    return EXIT_OK if len(figures) == len(chosen) else EXIT_FAILURES


if __name__ == "__main__":
    os.environ.update(ONE_THREAD)  # the libraries read it when `rows` imports them
    sys.exit(main())
