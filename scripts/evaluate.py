"""How well a model labels photos: any preset or path against a labelled list, table and JSON."""

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
from scripts.evaluation.model import Evaluated, settings_of
from scripts.evaluation.picture import draw
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit status."""
    command = parser()
    asked = command.parse_args(arguments)
    if not (asked.list or asked.words):
        command.error("give --list, --words or both")
    try:
        described, report = evaluate(asked)
    except (ListError, FramedError, StartupError) as reason:
        print(f"evaluate: {reason}", file=sys.stderr)
        return EXIT_CANNOT_RUN
    print(", ".join(f"{name} {value}" for name, value in described.items()), file=sys.stderr)
    print(as_markdown(report) if asked.markdown else as_text(report))
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps({**described, **as_json(report)}, indent=2) + "\n")
    if asked.picture and report.reliability:
        draw(report.reliability, asked.picture, described["model"])
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
