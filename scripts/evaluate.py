"""How well a model labels photos: any preset or path against a labelled list, table and JSON.

With --scores: what prob, score and match tell of them, and which to trust.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from framed.calibrating.listing import ListError
from framed.calibrating.photo_folder import PhotoFolder
from framed.errors import FramedError, StartupError
from runners.clip.banks.source import DEFAULT_BANK, read_bank
from scripts.arguments import count
from scripts.evaluation.figures import OWN_TEMPERATURE, Report, as_json, merged, on_labels, on_words
from scripts.evaluation.listing import read_photos, read_words
from scripts.evaluation.measures import Reliability
from scripts.evaluation.model import Evaluated, settings_of
from scripts.evaluation.picture import draw
from scripts.evaluation.scores import report as scores
from scripts.evaluation.scores import tables as score_tables
from scripts.evaluation.tables import as_markdown, as_text

EXIT_OK, EXIT_CANNOT_RUN = 0, 2


def evaluate(asked: argparse.Namespace) -> tuple[dict[str, str], Report]:
    """What model was measured, and all its figures.

    Raises `ListError`, `FramedError` and `StartupError` with what to do.
    """
    settings = settings_of(asked.model, asked.config, asked.threads)
    bank = read_bank(asked.bank, settings.config_dir)
    photos = read_photos(asked.list, bank.labels) if asked.list else []
    words = read_words(asked.words) if asked.words else []
    model = Evaluated(settings)
    report = Report()
    if photos:
        read = PhotoFolder(asked.photos or asked.list.parent).read
        report = on_labels(
            model, photos, read, (bank.labels, bank.templates), _bar,
            temperature=asked.temperature, attributes=not asked.no_attributes,
        )  # fmt: skip
    if words:
        read = PhotoFolder(asked.word_photos or asked.words.parent).read
        report = merged(report, on_words(model, words, read, bank.templates, _bar))
    return {**model.described(), "photos": str(len(photos)), "words": str(len(words))}, report


def evaluate_scores(asked: argparse.Namespace) -> tuple[dict[str, str], scores.ScoreReport]:
    """What model and bank were measured, and the figures of their scores; raises as `evaluate`."""
    settings = settings_of(asked.model, asked.config, asked.threads)
    bank = read_bank(asked.bank, settings.config_dir)
    photos = read_photos(asked.list, bank.labels)
    if not photos:
        raise ListError(f"{asked.list} names no photo.")
    read = PhotoFolder(asked.photos or asked.list.parent).read
    model = Evaluated(settings)
    served = model.served(bank)
    report = scores.on_scores(model, photos, read, served, _bar, temperature=asked.temperature)
    made_of = scores.made_of(served)
    return {**model.described(), **made_of, "photos": str(len(photos))}, report


def _bar(items: Sequence[Any], what: str) -> Iterable[Any]:
    return tqdm(items, desc=what, unit=" photos", disable=None)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(
        prog="evaluate",
        description="Measure how well a model labels photos. Exit status: 0, or 2 if it cannot "
        "run.",
    )
    command.add_argument("model", help="a preset, an alias, local-dir:FOLDER or a folder")
    command.add_argument(
        "--list", type=Path, metavar="FILE",
        help='JSON lines {"photo", "labels", "core", "group", "unknown"}',
    )  # fmt: skip
    command.add_argument(
        "--photos", type=Path, metavar="FOLDER", help="folder or zip of its photos (beside it)"
    )
    command.add_argument(
        "--words", type=Path, metavar="FILE", help='JSON lines {"photo", "word"}: a noun a photo'
    )
    command.add_argument(
        "--word-photos", type=Path, metavar="FOLDER", help="folder or zip of those (beside it)"
    )
    command.add_argument("--bank", default=DEFAULT_BANK, help="label bank (default)")
    command.add_argument("--config", type=Path, metavar="FOLDER", help="configuration folder")
    command.add_argument(
        "--temperature", type=_positive, default=OWN_TEMPERATURE, help="of the confidences (0.01)"
    )
    command.add_argument(
        "--no-attributes", action="store_true", help="leave out the four versions of each photo"
    )
    command.add_argument(
        "--scores", action="store_true",
        help="measure what prob, score and match tell of the list, in place of all else",
    )  # fmt: skip
    command.add_argument("--threads", type=count, help="CPU threads of the model")
    command.add_argument("--markdown", action="store_true", help="print Markdown")
    command.add_argument("--out", type=Path, metavar="FILE", help="write the figures as JSON")
    command.add_argument(
        "--picture", type=Path, metavar="FILE", help="write the reliability picture (PNG)"
    )
    return command


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


_Outcome = tuple[dict[str, str], str, dict[str, Any], dict[str, Reliability]]


def _labels(asked: argparse.Namespace) -> _Outcome:
    """What was measured, its figures as they are read and as JSON, and pictures by title."""
    described, report = evaluate(asked)
    pictures = {described["model"]: report.reliability} if report.reliability else {}
    text = as_markdown(report) if asked.markdown else as_text(report)
    return described, text, as_json(report), pictures


def _scores(asked: argparse.Namespace) -> _Outcome:
    """The same of the scores."""
    described, report = evaluate_scores(asked)
    show = score_tables.as_markdown if asked.markdown else score_tables.as_text
    pictures = {f"{described['model']}, {name}": it for name, it in report.reliability.items()}
    return described, show(report), {"scores": scores.as_json(report)}, pictures


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit status."""
    command = parser()
    asked = command.parse_args(arguments)
    if not (asked.list or asked.words):
        command.error("give --list, --words or both")
    if asked.scores and (asked.words or not asked.list):
        command.error("--scores takes a --list alone")
    try:
        described, text, figures, pictures = _scores(asked) if asked.scores else _labels(asked)
    except (ListError, FramedError, StartupError) as reason:
        print(f"evaluate: {reason}", file=sys.stderr)
        return EXIT_CANNOT_RUN
    print(", ".join(f"{name} {value}" for name, value in described.items()), file=sys.stderr)
    print(text)
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps({**described, **figures}, indent=2) + "\n")
    if asked.picture and pictures:
        draw(pictures, asked.picture, "pairs" if asked.scores else "photos")
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
