"""Where banks are written down: `labels.json` of the configuration folder, and `banks/<name>/`;
beside the labels of either, `names/<language>.json` and what the bank learnt from examples.

A new file format is a file here with `recognises` and `read`, and a line in `READERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from framed.errors import Code, FramedError
from runners.clip.banks import labels_json, text_folder
from runners.clip.banks.bank import check_bank_name, unknown_bank
from runners.clip.banks.bank_text import BankText
from runners.clip.banks.calibration_file import read_calibration
from runners.clip.banks.names import read_names

DEFAULT_BANK = "default"

__all__ = [
    "DEFAULT_BANK",
    "READERS",
    "BankText",
    "bank_folder",
    "find_banks",
    "misnamed_banks",
    "read_bank",
    "read_words",
    "unusable_folders",
]


@dataclass(frozen=True)
class Reader:
    """A file format: whether a folder holds it, and how it is read."""

    recognises: Callable[[Path], bool]
    read: Callable[[str, Path], BankText]


READERS = (  # the first that recognises a folder reads it
    Reader(labels_json.recognises, labels_json.read),
    Reader(text_folder.recognises, text_folder.read),
)


def find_banks(config_dir: Path) -> tuple[str, ...]:
    """The names of all banks, the default one first, then by name; none of them is read."""
    return (DEFAULT_BANK, *(name for name in _folders(config_dir) if _fault_of(name) is None))


def unusable_folders(config_dir: Path) -> Mapping[str, str]:
    """The folders beside the banks that cannot be one for their name, and why."""
    faults = {name: _fault_of(name) for name in _folders(config_dir)}
    return {name: fault for name, fault in faults.items() if fault is not None}


def misnamed_banks(config_dir: Path) -> Mapping[str, str]:
    """Those of them that hold labels: somebody means them to be banks."""
    beside, faults = _folder_of_banks(config_dir), unusable_folders(config_dir)
    return {name: fault for name, fault in faults.items() if _holds_labels(beside / name)}


def read_bank(name: str, config_dir: Path) -> BankText:
    """All that the files of the bank `name` say, as they stand now.

    Raises `FramedError`: unknown bank (naming the nearest), or invalid bank with file, line and
    reason.
    """
    folder = bank_folder(name, config_dir)
    text = read_words(name, folder)
    names, calibration = read_names(folder, text.labels, text.merged), read_calibration(folder)
    return replace(text, names=names, calibration=calibration)


def bank_folder(name: str, config_dir: Path) -> Path:
    """Where the files of the bank `name` lie; raises `FramedError` (unknown bank)."""
    known = find_banks(config_dir)
    if name != DEFAULT_BANK and (fault := misnamed_banks(config_dir).get(name)):
        raise FramedError(Code.INVALID_BANK, f"banks/{name:.80} is no label bank: {fault}.")
    check_bank_name(name, known)
    if name not in known:
        raise unknown_bank(name, known)
    return config_dir if name == DEFAULT_BANK else _folder_of_banks(config_dir) / name


def read_words(name: str, folder: Path) -> BankText:
    """The bank in `folder` by its label files alone; raises `FramedError` (invalid bank)."""
    if name == DEFAULT_BANK:
        return labels_json.read(name, folder)
    for reader in READERS:
        if reader.recognises(folder):
            return reader.read(name, folder)
    raise FramedError(
        Code.INVALID_BANK, f"banks/{name} holds neither {labels_json.LABELS_FILE} nor any *.txt."
    )


def _holds_labels(folder: Path) -> bool:
    return any(reader.recognises(folder) for reader in READERS)


def _folder_of_banks(config_dir: Path) -> Path:
    return config_dir / "banks"


def _folders(config_dir: Path) -> list[str]:
    found = _folder_of_banks(config_dir).glob("*")
    return sorted(each.name for each in found if each.is_dir() and not each.name.startswith("."))


def _fault_of(name: str) -> str | None:
    if name == DEFAULT_BANK:
        return f"{name!r} is the bank of the labels.json above it"
    try:
        check_bank_name(name)
    except FramedError:
        return "a bank's name is 1 to 64 of a-z, 0-9, _ and -; rename the folder"
    return None
