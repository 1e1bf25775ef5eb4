"""What the replicas of a group serve together: one small file in the cache folder that all share.

    <folder>/<group>.json   the generation, and of each reloaded bank the checksum
    <folder>/<group>.lock   held while a new generation is written

Times of different machines are never compared: a generation is one more than the last. Each entry
carries a stamp of its own, so that of two generations that were written at once, where a share
knows no locks, the later one wins on all and nobody takes the other's for its own.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from framed.errors import Code, FramedError
from framed.regular_file import MIB, IrregularFileError, open_regular
from framed.whole_file import replace_file

PATIENCE = 10.0  # seconds to wait for another replica's lock; it is held for milliseconds

_MOST_BYTES = MIB
_CHECKSUM = re.compile(r"[0-9a-f]{8,64}")
_PAUSE = 0.05
_DAMAGED = (ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True)
class Entry:
    """A bank of the group: its checksum, or None where it was taken away; `stamp` says by which
    reload."""

    checksum: str | None
    stamp: str


@dataclass(frozen=True)
class GroupState:
    """All banks that were ever reloaded in the group, by name. `reread` is the stamp of the last
    reload by a replica that did not have this model loaded: whoever has, reads the files again."""

    generation: int = 0
    banks: Mapping[str, Entry] = field(default_factory=dict)
    reread: str = ""


@dataclass(frozen=True)
class GroupFile:
    """The file of the group `name` in `folder`."""

    folder: Path
    name: str

    def read(self) -> GroupState:
        """What the group serves; nothing where it never reloaded.

        The file is opened each time: on NFS that, and no mere look at it, asks the server.
        Raises `OSError`, or `ValueError` for a damaged file.
        """
        try:
            with open_regular(self._file, _MOST_BYTES) as stream:
                return _state(json.loads(stream.read(_MOST_BYTES)))
        except FileNotFoundError:
            return GroupState()
        except _DAMAGED as error:
            raise ValueError(f"{self._file} is damaged: {error!r}") from None

    def commit(self, changed: Mapping[str, str | None]) -> GroupState:
        """The next generation: banks -> checksum, None for one that is taken away; others stay.

        Raises `unavailable` where the folder does not let it be written: nobody has changed then.
        """
        return self._next(lambda state, stamp: _changed(state, changed, stamp))

    def commit_reread(self) -> GroupState:
        """The next generation, in which every replica reads its own files again."""
        return self._next(lambda state, stamp: GroupState(state.generation + 1, {}, stamp))

    def _next(self, change: _Change) -> GroupState:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._alone():
                state = self._now()
                new = change(state, f"{state.generation + 1}-{uuid.uuid4().hex[:8]}")
                self._replace(new)
        except OSError as error:
            raise _not_told(self.name, error) from error
        return new

    def _now(self) -> GroupState:
        try:
            return self.read()
        except (ValueError, IrregularFileError):
            return GroupState()  # begun anew; the stamps differ from all before

    @contextmanager
    def _alone(self) -> Iterator[None]:
        descriptor = os.open(self.folder / f"{self.name}.lock", os.O_CREAT | os.O_RDWR, 0o666)
        try:
            _lock(descriptor, time.monotonic() + PATIENCE)
            yield
        finally:
            os.close(descriptor)  # the lock goes with it, also where the process dies

    def _replace(self, state: GroupState) -> None:
        data = json.dumps(_body(state), indent=1).encode()
        replace_file(self._file, lambda stream: stream.write(data), durable=True)
        _sync_folder(self.folder)

    @property
    def _file(self) -> Path:
        return self.folder / f"{self.name}.json"


_Change = Callable[[GroupState, str], GroupState]


def _changed(state: GroupState, changed: Mapping[str, str | None], stamp: str) -> GroupState:
    new = {name: Entry(checksum, stamp) for name, checksum in changed.items()}
    return GroupState(state.generation + 1, {**state.banks, **new}, state.reread)


def _lock(descriptor: int, until: float) -> None:
    """Raises `OSError` where another has the lock until then, or where there are no locks."""
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise
        time.sleep(_PAUSE)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # some shares cannot; the rename itself is whole in any case
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _body(state: GroupState) -> dict[str, object]:
    entries = sorted(state.banks.items())
    banks = {name: {"checksum": each.checksum, "stamp": each.stamp} for name, each in entries}
    return {"generation": state.generation, "reread": state.reread, "banks": banks}


def _state(body: Any) -> GroupState:
    banks = {str(name): _entry(each) for name, each in body["banks"].items()}
    return GroupState(int(body["generation"]), banks, str(body["reread"]))


def _entry(body: Any) -> Entry:
    checksum = body["checksum"]
    if checksum is not None and not _CHECKSUM.fullmatch(checksum):
        raise ValueError(f"{checksum!r} is no checksum")
    return Entry(checksum, str(body["stamp"]))


def _not_told(name: str, error: OSError) -> FramedError:
    reason = error.strerror or type(error).__name__
    return FramedError(
        Code.UNAVAILABLE,
        f"The other replicas of the group {name!r} could not be told ({reason}), so nothing was "
        "changed; see that the cache folder can be written and locked, and reload again.",
        retry_after=30,
    )
