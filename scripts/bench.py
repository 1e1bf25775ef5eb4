"""How fast the parts of Framed are, row by row: a table, and the same figures as JSON."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from framed.extras import absence, is_there
from scripts.benchmarks.row import Conditions, Item, Measured, NotMeasurableError, Row
from scripts.benchmarks.tables import as_json, as_markdown, as_text

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "docs" / "samples"
OUT = ROOT / "build" / "bench.json"
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
_REPEAT, _QUICK = 5, 2
EXIT_OK, EXIT_FAILURES, EXIT_CANNOT_RUN = 0, 1, 2


class CannotRunError(Exception):
    """Nothing can be measured; the message says what to do."""


def rows() -> tuple[Row, ...]:
    """All rows, in the order in which they are printed: a group is a file and a line here."""
    if not is_there():
        raise CannotRunError(f"{absence('Measuring beside other libraries')}.")
    from scripts.benchmarks import (  # OpenCV counts its threads when it is imported
        bank,
        before,
        cache,
        decode,
        footprint,
        groups,
        image,
        metrics,
        over_http,
        overload,
        score,
    )

    return (
        *metrics.ROWS,
        *cache.ROWS,
        *decode.ROWS,
        *image.ROWS,
        *bank.ROWS,
        *score.ROWS,
        *groups.ROWS,
        *over_http.ROWS,
        *overload.ROWS,
        *footprint.ROWS,
        *before.ROWS,
    )


@dataclass(frozen=True)
class Shown(Conditions):
    """Conditions that show a bar of the photos while a row is measured."""

    row: str = ""

    def progress(self, items: Iterable[Item]) -> Iterable[Item]:
        """`items` again, counted on standard error if that is a terminal."""
        return tqdm(items, desc=self.row, leave=False, disable=None)


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
    if word in names:
        return [word]
    return [name for name in names if word and name.startswith(word)]


def _unknown(word: str, names: Sequence[str]) -> str:
    known = [*names, *dict.fromkeys(name.split("/")[0] for name in names)]
    near = difflib.get_close_matches(word, known, cutoff=0.5) or known
    return f"There is no row {word!r}; did you mean {' or '.join(near)}?"


def without_large(table: Sequence[Row]) -> list[Row]:
    """The rows that a quick run measures; it says on standard error which ones it leaves out."""
    large = [row.name for row in table if row.large]
    if large:
        print(f"bench: --quick leaves out {', '.join(large)}", file=sys.stderr)
    return [row for row in table if not row.large]


def measure(
    table: Sequence[Row],
    jpegs: Sequence[bytes],
    repeat: int,
    *,
    quick: bool = False,
    before: str | None = None,
) -> dict[str, Measured]:
    """Figures by name; a row that cannot be measured here is said on standard error, and absent."""
    figures, start = {}, time.perf_counter()
    for number, row in enumerate(table, 1):
        seconds = time.perf_counter() - start
        print(f"{number}/{len(table)} ({seconds:.0f} s): {row.name}", file=sys.stderr)
        try:
            figures[row.name] = row.measure(Shown(jpegs, repeat, quick, before, row.name))
        except NotMeasurableError as reason:
            print(f"bench: {row.name} left out: {reason}", file=sys.stderr)
    return figures


def _photos(folder: Path) -> list[bytes]:
    from scripts.benchmarks.photos import load_jpegs  # as in `rows`

    if not folder.is_dir():
        raise CannotRunError(f"{folder} is not a folder.")
    if not (jpegs := load_jpegs(folder)):
        raise CannotRunError(f"No photos in {folder}.")
    return jpegs


def _shown(figures: dict[str, Measured], *, markdown: bool) -> str:
    if not markdown:
        return as_text(figures)
    from scripts.benchmarks.machine import described  # as in `rows`

    return as_markdown(figures, described())


def _make_room(out: Path) -> None:
    """The folder of `out`, before minutes are spent on what could not be written."""
    if out.is_dir():
        raise CannotRunError(f"{out} is a folder; name a file.")
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
        "--repeat", type=_count, metavar="N", help=f"runs a photo ({_REPEAT}; --quick: {_QUICK})"
    )
    command.add_argument(
        "--quick", action="store_true", help="leave out the rows of the large model, run less often"
    )
    command.add_argument(
        "--before", metavar="COMMIT", help="what `*/before` rows stand beside (as they say)"
    )
    command.add_argument(
        "--markdown", action="store_true", help="print Markdown: machine, rows, engines, notes"
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
        if asked.quick:
            chosen = without_large(chosen)
        if not chosen:
            raise CannotRunError("--quick leaves none of the rows asked for; leave it out.")
        jpegs = _photos(asked.photos)
        _make_room(asked.out)
    except CannotRunError as reason:
        print(f"bench: {reason}", file=sys.stderr)
        return EXIT_CANNOT_RUN
    print(f"{len(jpegs)} photo(s) of {asked.photos}", file=sys.stderr)
    repeat = asked.repeat or (_QUICK if asked.quick else _REPEAT)
    figures = measure(chosen, jpegs, repeat, quick=asked.quick, before=asked.before)
    print(_shown(figures, markdown=asked.markdown))
    asked.out.write_text(json.dumps(as_json(figures), indent=2) + "\n")
    return EXIT_OK if len(figures) == len(chosen) else EXIT_FAILURES


if __name__ == "__main__":
    os.environ.update(ONE_THREAD)  # the libraries read it when `rows` imports them
    sys.exit(main())
