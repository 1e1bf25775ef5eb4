"""The JSON files of such a folder, read so that every fault names its file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framed.errors import StartupError
from framed.regular_file import read_regular_text

RECORD_FILE = "config.json"
NESTED_FILE = "processor_config.json"  # its `image_processor`, where there is one, comes first
PREPROCESS_FILE = "preprocessor_config.json"

RECORDS = (RECORD_FILE, NESTED_FILE, PREPROCESS_FILE)  # what they say decides the numbers
RECORDS_VERSION = 2  # rises when the same words are read otherwise, so that models are made anew


@dataclass(frozen=True)
class Record:
    """An object of a JSON file. `place` is how messages call it: the file, and where in it."""

    values: Mapping[str, Any]
    place: str

    def count(self, key: str) -> int:
        """A whole number above 0; raises `StartupError` for anything else."""
        value = self.values.get(key)
        if type(value) is not int or value < 1:
            raise self.refusal(key, "it must be a whole number above 0")
        return value

    def number(self, key: str) -> float:
        """A number above 0; raises `StartupError` for anything else."""
        value: Any = self.values.get(key)
        if type(value) not in (int, float) or not 0 < value < float("inf"):
            raise self.refusal(key, "it must be a number above 0")
        return float(value)

    def refusal(self, key: str, why: str) -> StartupError:
        """What is wrong with the value of `key`."""
        value = json.dumps(self.values.get(key))
        shown = value if len(value) <= 80 else f"{value[:77]}..."
        return StartupError(f"{self.place} says {key} = {shown}: {why}.")


def read_record(file: Path) -> Record:
    """The one object of a JSON file. Raises `StartupError` that names the file, and the line."""
    try:
        values = json.loads(read_regular_text(file))
    except json.JSONDecodeError as error:
        raise StartupError(f"{file}, line {error.lineno}: {error.msg}.") from None
    except UnicodeDecodeError:
        raise StartupError(f"{file} is no UTF-8 text.") from None
    except OSError as error:
        raise StartupError(f"{file} cannot be read: {error.strerror}.") from None
    if not isinstance(values, dict):
        raise StartupError(f"{file} holds no JSON object.")
    return Record(values, str(file))
