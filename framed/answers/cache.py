"""Features of photos, kept on disk: one file a photo and configuration, bounded in size.

A cache and nothing more: whatever is damaged or outdated counts as absent, and a disk that cannot
be written to is a warning. Several threads and several processes may share one folder.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from framed.answers import cache_folder
from framed.answers.cache_entry import (
    ENTRY_NAME,
    MAX_ENTRY_BYTES,
    DamagedEntryError,
    Entry,
    entry_name,
    features_in,
    pack,
)

__all__ = ["Entry", "FeatureCache", "entry_name"]

WARN_EVERY_SECONDS = 60.0
RESCAN_SHARE = 1 / 16  # of the bound: growth after which others' entries are counted anew

_log = logging.getLogger("framed.answers")


class FeatureCache:
    """The entries in `folder`, together of at most `max_bytes` bytes.

    Beyond that the longest unused go. A process counts what it adds and lists the folder now and
    then, so n processes may exceed the bound by (n - 1) / 16 of it for a while.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._prefix = os.path.join(folder, "")  # joining paths costs as much as reading a file
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._left = -math.inf  # bytes to add before the folder is listed; at first: none
        self._warn = _SeldomWarning()

    def get(self, name: str, version: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The features under `name`, if they are whole and were made under this very `version`."""
        file = self._prefix + name
        try:
            _check(name)
            features = features_in(cache_folder.read(file, mark=True), version)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except DamagedEntryError as damage:
            self._warn("Cached features %s are damaged and will be made anew: %s", file, damage)
            return None
        except (OSError, TypeError, ValueError, RecursionError) as error:
            self._warn("Cached features %s could not be read: %s", file, error)
            return None
        if features is None:
            _log.debug("Cached features %s are of another version", file)
        return features

    def put(self, name: str, version: Mapping[str, Any], features: Mapping[str, Any]) -> bool:
        """Whether `features` are kept now; readers see the old entry or the new one, whole.

        False, with a warning at most every minute, where they are not: the disk is full or
        read-only, the entry is larger than the whole cache, or it is not JSON (NaN is not).
        """
        try:
            _check(name)
            data = pack(version, features)
            self._check_size(data)
            self._write(name, data)
        except (OSError, TypeError, ValueError, RecursionError) as error:
            self._warn("Features could not be cached in %s: %s", self._folder, error)
            return False
        return True

    def _check_size(self, data: bytes) -> None:
        most = min(self._max_bytes, MAX_ENTRY_BYTES)
        if len(data) > most:
            raise ValueError(f"the entry is of {len(data)} bytes, at most {most} are kept")

    def _write(self, name: str, data: bytes) -> None:
        part = cache_folder.write_part(self._folder, name, data)
        try:
            with self._lock:
                self._put_in_place(part, self._folder / name, len(data))
        finally:
            cache_folder.discard(part)  # gone already, unless something failed

    def _put_in_place(self, part: Path, file: Path, size: int) -> None:
        growth = size - cache_folder.size_of(file)
        os.replace(part, file)
        self._left -= growth
        if self._left < 0:
            self._left = self._make_room(newest=file.name)

    def _make_room(self, newest: str) -> float:
        """The bytes that may be added until the next call."""
        share = self._max_bytes * RESCAN_SHARE
        try:
            total = cache_folder.make_room(self._folder, self._max_bytes, newest)
        except OSError as error:
            self._warn("The feature cache %s could not be listed: %s", self._folder, error)
            return share
        if total > self._max_bytes:  # nothing helps now: not each put shall try again
            words = f"{total} bytes, which cannot be deleted"
            self._warn("The feature cache %s is too large: %s", self._folder, words)
            return share
        return min(share, self._max_bytes - total)


class _SeldomWarning:
    """At most one line a minute: what is wrong with the disk is so for every photo."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._quiet_until = -math.inf  # on the monotonic clock

    def __call__(self, words: str, *about: object) -> None:
        now = time.monotonic()
        with self._lock:
            quiet = now < self._quiet_until
            if not quiet:
                self._quiet_until = now + WARN_EVERY_SECONDS
        if not quiet:
            _log.warning(words, *about)


def _check(name: str) -> None:
    if not ENTRY_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of an entry")
