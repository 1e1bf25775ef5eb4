"""The label files of a configuration folder, read within a time: a share may hang.

A read that hangs in the system cannot be called off. It is left behind in a thread of its own, a
few of them at most; until one of these ends, further readings are refused at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TypeVar

from framed.errors import Code, FramedError
from runners.clip.banks.bank_text import BankText
from runners.clip.banks.source import find_banks, misnamed_banks, read_bank, unusable_folders

PATIENCE = 30.0  # seconds for the files of one bank, which take milliseconds
MOST_STUCK = 4

Found = TypeVar("Found")

logger = logging.getLogger("framed.clip.banks")


class LabelFiles:
    """The banks of `config_dir` as its files stand now; `patience` is in seconds a reading."""

    def __init__(self, config_dir: Path, patience: float = PATIENCE) -> None:
        self._config_dir = config_dir
        self._patience = patience
        self._stuck: list[Thread] = []

    def names(self) -> tuple[str, ...]:
        """See `source.find_banks`; raises `unavailable` where the folder does not answer."""
        return self._in_time(partial(find_banks, self._config_dir))

    def unusable(self) -> Mapping[str, str]:
        """See `source.unusable_folders`; raises as `names`."""
        return self._in_time(partial(unusable_folders, self._config_dir))

    def misnamed(self) -> Mapping[str, str]:
        """See `source.misnamed_banks`; raises as `names`."""
        return self._in_time(partial(misnamed_banks, self._config_dir))

    def read(self, name: str) -> BankText:
        """See `source.read_bank`; raises `unavailable` besides. Its warnings are logged."""
        text = self._in_time(partial(read_bank, name, self._config_dir))
        for warning in text.warnings:
            logger.warning("bank %s: %s", name, warning)
        return text

    def _in_time(self, work: Callable[[], Found]) -> Found:
        self._stuck = [each for each in self._stuck if each.is_alive()]
        if len(self._stuck) >= MOST_STUCK:
            raise _hangs(self._patience)
        found: Future[Found] = Future()
        reader = Thread(target=_fill, args=(found, work), name="label-files", daemon=True)
        reader.start()
        try:
            return found.result(self._patience)
        except TimeoutError:
            self._stuck.append(reader)
            raise _hangs(self._patience) from None


def _fill(found: Future[Found], work: Callable[[], Found]) -> None:
    try:
        found.set_result(work())
    except BaseException as error:
        found.set_exception(error)


def _hangs(patience: float) -> FramedError:
    return FramedError(
        Code.UNAVAILABLE,
        f"The label files could not be read within {patience:g} s; see whether their file system "
        "answers, and reload again. The banks serve as before.",
        retry_after=30,
    )
