"""What a bank says before any model saw it, and what its labels and templates must look like."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from framed.bank_structure import BankStructure
from framed.errors import Code, FramedError
from framed.regular_file import MIB, IrregularFileError, read_regular
from framed.scores.calibration import Calibration

Fault = tuple[int, str]  # a line of a bank file, and what is wrong there

MAX_LABELS = 10_000  # together with their synonyms
MAX_TEMPLATES = 1_000
MAX_LENGTH = 200  # characters; the models read some 70 tokens
MAX_BYTES = 16 * MIB
PLACE = "{}"  # where a template takes the label

_SHOWN_FAULTS = 5


@dataclass(frozen=True)
class BankText:
    """Labels and templates of a bank, in file order; `names` are those that people are shown:
    language -> label -> name; `structure` is what it says of its labels beside, and
    `calibration` what it learnt from examples. `merged` are words that are a label but for case or
    number: they mean it. `warnings` are what its writer should look at."""

    name: str
    labels: tuple[str, ...]
    templates: tuple[str, ...]
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    structure: BankStructure = field(default_factory=BankStructure)
    calibration: Calibration | None = None
    merged: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One value of a bank file, whatever its type, and the line that it starts on."""

    value: object
    line: int


def read_text(file: Path) -> str:
    """The text of a bank file: UTF-8, with or without a byte order mark.

    Raises `FramedError` (invalid bank): for what is no regular file or too large, or with the line
    of the first byte that is no UTF-8.
    """
    data = read_bytes(file, MAX_BYTES)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise invalid(file, f"line {line}: is not UTF-8") from None


def read_bytes(file: Path, most: int) -> bytes:
    """The bytes of a bank file, at most so many; raises as `read_text`."""
    try:
        return read_regular(file, most)
    except IrregularFileError as irregular:
        raise invalid(file, str(irregular.strerror)) from None
    except OSError as error:
        raise invalid(file, f"cannot be read: {error.strerror}") from None


def checked_labels(file: Path, entries: Sequence[Entry]) -> tuple[str, ...]:
    """The labels of `file`, stripped. Raises `FramedError` (invalid bank) that names the lines of
    all that is no text, blank, too long or there twice."""
    check_count(file, "label", len(entries), MAX_LABELS)
    refuse(file, faults_of("label", entries))
    return words_of(entries)


def checked_templates(file: Path, entries: Sequence[Entry]) -> tuple[str, ...]:
    """The templates of `file`; as `checked_labels`, and each must hold a place for the label."""
    check_count(file, "template", len(entries), MAX_TEMPLATES)
    refuse(file, template_faults(entries))
    return words_of(entries)


def words_of(entries: Iterable[Entry]) -> tuple[str, ...]:
    """The texts of entries without fault, stripped."""
    return tuple(str(entry.value).strip() for entry in entries)


def check_count(file: Path, kind: str, count: int, most: int) -> None:
    """Raises `FramedError` (invalid bank) where `file` holds none of a kind, or too many."""
    if not count:
        raise invalid(file, f"holds no {kind}s")
    if count > most:
        raise invalid(file, f"holds {count} {kind}s; at most {most} are allowed")


def refuse(file: Path, faults: Iterable[Fault]) -> None:
    """Raises `FramedError` (invalid bank) for what stands on some lines of `file`, if anything
    does."""
    if found := sorted(faults, key=lambda fault: fault[0]):
        raise invalid_lines(file, found)


def invalid(file: Path, reason: str) -> FramedError:
    """The refusal of a bank file: its folder and name, and why."""
    return FramedError(
        Code.INVALID_BANK,
        f"{_short(file)} {reason}.",
        details={"file": _short(file), "reasons": [reason]},
    )


def template_faults(entries: Iterable[Entry]) -> Iterator[Fault]:
    """What keeps entries from being templates, as `faults_of`."""
    return faults_of("template", entries, _lacks_place)


def faults_of(
    kind: str,
    entries: Iterable[Entry],
    fault_of: Callable[[str], str | None] = lambda text: None,
) -> Iterator[Fault]:
    """What is no text, blank, too long, there twice, or has a fault of its `kind`, by its line."""
    first: dict[str, int] = {}
    for entry in entries:
        if not isinstance(entry.value, str):
            yield entry.line, f"{kind} is {entry.value!r:.40}, not a text"
            continue
        text = entry.value.strip()
        if reason := text_fault(text) or fault_of(text):
            yield entry.line, f"{kind} {reason}"
        elif text in first:
            yield entry.line, f"{kind} {text!r} is already on line {first[text]}"
        first.setdefault(text, entry.line)


def text_fault(text: str) -> str | None:
    """What keeps a stripped text from being a label or template; None: nothing."""
    if not text:
        return "is blank"
    if len(text) > MAX_LENGTH:
        return f"is {len(text)} characters long; at most {MAX_LENGTH} are allowed"
    if not text.isprintable():
        return f"{text!r:.40} holds control characters"
    return None


def _lacks_place(template: str) -> str | None:
    return None if PLACE in template else f"{template!r} has no {PLACE} for the label"


def invalid_lines(file: Path, faults: Sequence[Fault]) -> FramedError:
    """The refusal of a bank file for what stands on some of its lines."""
    reasons = [f"line {line}: {reason}" for line, reason in faults]
    shown = "; ".join(reasons[:_SHOWN_FAULTS])
    more = len(reasons) - _SHOWN_FAULTS
    return FramedError(
        Code.INVALID_BANK,
        f"{_short(file)}, {shown}{f'; and {more} more' if more > 0 else ''}.",
        details={"file": _short(file), "reasons": reasons[:100]},
    )


def warning(file: Path, line: int, told: str) -> str:
    """What is to be looked at on a line of a bank file that is read all the same."""
    return f"{_short(file)}, line {line}: {told}."


def _short(file: Path) -> str:
    """The file with its folder only: callers see this, and the machine's paths are not theirs."""
    return f"{file.parent.name}/{file.name}"
