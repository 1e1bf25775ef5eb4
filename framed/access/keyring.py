"""The keys that are good now: those of the settings, and those of a file that is read again when it
changes."""

from __future__ import annotations

import hmac
import logging
import os
import stat
import time
from pathlib import Path

from framed.access.key import Key, digest_of, key_of
from framed.access.key_file import distinct, read_keys
from framed.errors import StartupError
from framed.settings import Settings

logger = logging.getLogger("framed.access")

LOOKED_AFTER = 1.0  # seconds between two looks at the file

Mark = tuple[int, int, int, int]
_UNSEEN: Mark = (-1, -1, -1, -1)


class Keyring:
    """Finds the key of a secret; a file that breaks leaves the keys that it held before."""

    def __init__(self, own: tuple[Key, ...], file: Path | None) -> None:
        self._own = self._keys = own
        self._file = file
        self._mark: Mark | None = _UNSEEN
        self._next_look = 0.0

    @classmethod
    def of(cls, settings: Settings) -> Keyring | None:
        """The keys that the settings name; None where none are set. An empty file of keys is not
        that: nobody has one. Raises `StartupError` where those in the settings cannot be read."""
        if settings.api_keys is None and settings.api_keys_file is None:
            return None
        made = cls(own_keys(settings), settings.api_keys_file)
        own, file = settings.api_keys, settings.api_keys_file
        places = [*(["FRAMED_API_KEYS"] if own else []), *([str(file)] if file else [])]
        logger.info("%d keys are in force, from %s", len(made.keys()), " and ".join(places))
        return made

    def keys(self) -> tuple[Key, ...]:
        """All of them, as they are now."""
        if self._file is not None and time.monotonic() >= self._next_look:
            self._look_again(self._file)
        return self._keys

    def find(self, secret: str) -> Key | None:
        """The key of this secret; how long it takes says nothing of any key."""
        digest, found = digest_of(secret), None
        for key in self.keys():
            if hmac.compare_digest(key.digest, digest):
                found = key
        return found

    def _look_again(self, file: Path) -> None:
        self._next_look = time.monotonic() + LOOKED_AFTER
        mark = _mark(file)
        if mark == self._mark:
            return
        self._mark = mark
        try:
            self._keys = distinct((*self._own, *read_keys(file)))
            _warn_if_open(file)
        except (OSError, ValueError) as fault:
            logger.error("the keys are as before, %s cannot be read: %s", file, fault)
            return
        logger.info("%d keys from %s", len(self._keys) - len(self._own), file)


def own_keys(settings: Settings) -> tuple[Key, ...]:
    """The keys that stand in the settings themselves; raises `StartupError`."""
    entries = settings.api_keys.get_secret_value() if settings.api_keys else ""
    try:
        return distinct(key_of(each.strip()) for each in entries.split(",") if each.strip())
    except ValueError as fault:
        raise StartupError(f"FRAMED_API_KEYS cannot be used: {fault}.") from None


def check_keys(settings: Settings) -> None:
    """Raise `StartupError` where the keys cannot be read as they are now."""
    own, file = own_keys(settings), settings.api_keys_file
    if file is None:
        return
    try:
        distinct((*own, *read_keys(file)))
    except FileNotFoundError:
        raise StartupError(
            f"There is no file of keys at {file} (FRAMED_API_KEYS_FILE); "
            "`python -m framed keys new NAME --scope classify` makes it."
        ) from None
    except OSError as fault:
        why = fault.strerror or fault
        raise StartupError(f"{file} (FRAMED_API_KEYS_FILE) cannot be read: {why}.") from None
    except ValueError as fault:
        raise StartupError(f"{file} (FRAMED_API_KEYS_FILE) cannot be used: {fault}.") from None


def _warn_if_open(file: Path) -> None:
    if file.stat().st_mode & stat.S_IROTH:
        logger.warning("%s can be read by every user of this machine; chmod 600 it", file)


def _mark(file: Path) -> Mark | None:
    """What changes when the file does; None: it is not there."""
    try:
        about = os.stat(file)
    except OSError:
        return None
    return about.st_dev, about.st_ino, about.st_mtime_ns, about.st_size
