"""`python -m framed calibrate`: a label bank learns from photos of which all true labels are known.

Its `match` is fitted to them and written beside the bank's labels, as calibration.json; a reload
applies it. Labels are a JSON line a photo: {"photo", "labels", "unknown"?}. Exit codes: 0 all good,
1 some photos could not be read and the others taught, 2 nothing was written.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from framed.calibrating.lesson import Lesson, threshold_for
from framed.calibrating.listing import ListError, read_examples
from framed.calibrating.photo_folder import PhotoFolder
from framed.calibrating.report import (
    compared,
    figure_lines,
    label_lines,
    losses,
    promise,
    too_few,
    warnings,
)
from framed.calibrating.seeing import Eyes, Seen
from framed.calibrating.truth import Truth, truth_of
from framed.errors import FramedError, StartupError
from framed.scores.calibration import Calibration
from framed.scores.judging import Pairs
from framed.settings import Settings, settings
from framed.whole_file import replace_file

if TYPE_CHECKING:
    from runners.clip.banks.bank_text import BankText
    from runners.clip.learner import Learner

GOOD, SOME_FAILED, NOTHING_WRITTEN, INTERRUPTED = 0, 1, 2, 130
USUAL_RECALL = 0.9  # told where nothing was asked
SHOWN = 5  # words in a message


def run(arguments: Sequence[str]) -> int:
    """Runs the command; returns one of the exit codes above."""
    parser = _parser()
    parsed = parser.parse_args(arguments)
    if parsed.replace and not parsed.prototypes:
        parser.error("--replace is about prototypes; give --prototypes, too")
    try:
        return _calibrate(parsed, _with(settings(), parsed.model))
    except (ListError, FramedError, StartupError) as reason:
        _say(f"nothing was written: {reason}")
        return NOTHING_WRITTEN
    except KeyboardInterrupt:
        _say("stopped; nothing was written")
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m framed calibrate", description=__doc__)
    parser.add_argument("photos", type=Path, metavar="PHOTOS", help="a folder or a zip file")
    parser.add_argument("labels", type=Path, metavar="labels.jsonl", help="what is true of them")
    parser.add_argument("--bank", metavar="B", help="default: the default bank of the settings")
    parser.add_argument("--model", metavar="M", help="default: the model of the settings")
    parser.add_argument(
        "--prototypes", action="store_true", help="learn what the labels' examples look like, too"
    )
    parser.add_argument(
        "--replace", action="store_true", help="prototypes change `score` and `prob` as well"
    )
    wish = parser.add_mutually_exclusive_group()
    wish.add_argument("--recall", type=_share, metavar="0.9", help="true labels to keep")
    wish.add_argument("--precision", type=_share, metavar="0.8", help="of what is kept, to be true")
    parser.add_argument("--dry-run", action="store_true", help="show the figures, write nothing")
    return parser


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share between 0 and 1")
    return share


def _with(chosen: Settings, model: str | None) -> Settings:
    return chosen.model_copy(update={"model": model, "models": ()}) if model else chosen


def _calibrate(parsed: argparse.Namespace, chosen: Settings) -> int:
    from framed.cli.lesson import lesson_of
    from runners.clip.banks.calibration_file import CALIBRATION_FILE
    from runners.clip.banks.source import bank_folder, read_words
    from runners.clip.learner import Learner

    folder = bank_folder(parsed.bank or chosen.default_bank, chosen.config_dir)
    bank = read_words(parsed.bank or chosen.default_bank, folder)
    examples = read_examples(parsed.labels)
    truth = truth_of(examples, bank.labels, bank.structure)
    photos = PhotoFolder(parsed.photos, chosen.photo_limits.batch)
    _check(parsed, truth, folder)
    with closing(Learner(chosen)) as learner:
        seen = _seen(photos, [each.photo for each in examples], learner, chosen)
        lesson, key = lesson_of(learner, bank, folder, truth, seen)
    calibration, after = _learnt(parsed, lesson, bank, key)
    rows = compared(lesson.before(), after, lesson.served())
    doubts = warnings(calibration, truth.strange, bank.structure, seen.faults, lesson.always_true)
    for warning in (*doubts, *losses(rows)):
        _say(f"warning: {warning}")
    _report(parsed, calibration, rows, after)
    if parsed.dry_run:
        print("a dry run: nothing was written")
    else:
        _write(folder / CALIBRATION_FILE, calibration, learner.model_id)
        print(_how_to_apply(bank.name, chosen))
    return SOME_FAILED if seen.faults else GOOD


def _check(parsed: argparse.Namespace, truth: Truth, folder: Path) -> None:
    """Raises what would be noticed only at the end."""
    if not len(truth.true):
        raise ListError(f"{parsed.labels} names no photo.")
    if not truth.true.any():
        raise ListError(f"No label in {parsed.labels} is one of the bank: {_some(truth.strange)}.")
    if not parsed.dry_run and not os.access(folder, os.W_OK):
        raise StartupError(f"{folder} cannot be written; --dry-run only shows the figures.")


def _seen(photos: PhotoFolder, names: Sequence[str], learner: Learner, chosen: Settings) -> Seen:
    """What the model sees in the photos; raises `ListError` where none could be read."""
    eyes = Eyes(
        read=photos.read,
        encode=learner.see,
        square=learner.square,
        max_pixels=chosen.max_megapixels * 1_000_000,
        memory_mb=chosen.decode_memory_mb,
    )
    seen = eyes.see(_bar(names, "photos"))
    for name, fault in seen.faults.items():
        _say(f"{name}: {fault}")
    if not seen.kept:
        raise ListError(f"none of the {len(names)} photos could be read.")
    return seen


def _learnt(
    parsed: argparse.Namespace, lesson: Lesson, bank: BankText, key: str
) -> tuple[Calibration, Pairs]:
    """The calibration, and the match of photos that were left out of one.

    Raises `StartupError` for a wish that no threshold fulfils, and where match would fall as z
    rises.
    """
    from runners.clip.banks.build import label_digests

    after = lesson.after(prototypes=parsed.prototypes, shown=lambda folds: _bar(folds, "left out"))
    learnt = lesson.learnt(key, prototypes=parsed.prototypes)
    if learnt.slope <= 0:
        raise StartupError(
            "By these photos a label is the less likely, the further it stands out; see that the "
            "list tells what is true of each photo, and not of another."
        )
    threshold = _threshold(parsed, after)
    words = {label: it for label, it in label_digests(bank).items() if label in learnt.offsets}
    learnt = replace(learnt, match_threshold=threshold, replaces=parsed.replace, words=words)
    return learnt, after


def _threshold(parsed: argparse.Namespace, after: Pairs) -> float | None:
    """The threshold that was asked for; raises `StartupError` where there is none."""
    found = threshold_for(after, recall=parsed.recall, precision=parsed.precision)
    if found is None and parsed.recall:
        raise StartupError(f"{too_few(after, parsed.recall)}; label more photos, or ask for less.")
    if found is None and parsed.precision:
        raise StartupError("No threshold fulfils that wish on these photos; ask for less.")
    return found


def _report(
    parsed: argparse.Namespace, calibration: Calibration, rows: Mapping[str, Pairs], after: Pairs
) -> None:
    for line in (*label_lines(calibration), "", *figure_lines(rows)):
        print(line)
    wanted = None if parsed.precision else parsed.recall or USUAL_RECALL
    threshold = calibration.match_threshold
    if threshold is None:
        threshold = threshold_for(after, recall=wanted, precision=None)
    if threshold is not None:
        print(promise(after, threshold, wanted))
    elif wanted is not None:
        print(too_few(after, wanted))
    if calibration.match_threshold is not None:
        print(f"{threshold} is the bank's match_threshold from now on")


def _write(file: Path, calibration: Calibration, model: str) -> None:
    """Raises `StartupError`, and leaves the file as it was, where it cannot be written."""
    from runners.clip.banks.calibration_file import calibration_bytes

    try:
        data = calibration_bytes(calibration, model)
        replace_file(file, lambda stream: stream.write(data), durable=True)
    except (OSError, ValueError) as error:
        raise StartupError(f"{file} cannot be written: {error}.") from error
    print(f"written: {file}")


def _how_to_apply(bank: str, chosen: Settings) -> str:
    body = json.dumps({"bank": bank})
    kind = "-H 'Content-Type: application/json'"
    return f"apply it: curl {kind} -d '{body}' http://127.0.0.1:{chosen.port}/reload"


def _bar(items: Sequence[Any], what: str) -> Any:
    return tqdm(items, desc=what, disable=None, leave=False)


def _some(words: Iterable[str]) -> str:
    return ", ".join(repr(word) for word in sorted(words)[:SHOWN]) or "there are none"


def _say(text: str) -> None:
    print(text, file=sys.stderr)
