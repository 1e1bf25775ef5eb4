"""The file of keys: JSON, written whole or not at all, readable by its owner only."""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from framed.access.key import Key
from framed.access.scopes import scopes_of
from framed.regular_file import read_regular_text

LARGEST = 2**20
_MODE = 0o600


def read_keys(file: Path) -> tuple[Key, ...]:
    """The keys of `file`.

    Raises `OSError` where it cannot be read, `ValueError` where it is no file of keys.
    """
    text = read_regular_text(file, LARGEST)
    try:
        found = json.loads(text)
        keys = tuple(_key(each) for each in found["keys"])
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError('it must be {"keys": [{"name", "scopes", "sha256"}, …]}') from None
    return distinct(keys)


def distinct(keys: Iterable[Key]) -> tuple[Key, ...]:
    """`keys`, once it is sure that no two have one name; raises `ValueError`."""
    named: dict[str, Key] = {}
    for key in keys:
        if key.name in named:
            raise ValueError(f"two keys are named {key.name!r}")
        named[key.name] = key
    return tuple(named.values())


def write_keys(file: Path, keys: Iterable[Key]) -> None:
    """Put `keys` in place of what is in `file`; its owner and mode stay, a new one has 0600."""
    body = json.dumps({"keys": [_member(key) for key in distinct(keys)]}, indent=1) + "\n"
    with NamedTemporaryFile("w", dir=file.parent, prefix=f".{file.name}.", delete=False) as new:
        try:
            new.write(body)
            new.flush()
            _take_after(new.fileno(), file)
            os.fsync(new.fileno())
            os.replace(new.name, file)
        except BaseException:
            os.unlink(new.name)
            raise


@contextmanager
def sole_writer(file: Path) -> Iterator[None]:
    """Nobody else who asks for this changes `file` meanwhile."""
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _take_after(descriptor: int, file: Path) -> None:
    with suppress(FileNotFoundError):
        about = file.stat()
        with suppress(PermissionError):  # not root: it becomes ours
            os.fchown(descriptor, about.st_uid, about.st_gid)
        os.fchmod(descriptor, stat.S_IMODE(about.st_mode))
        return
    os.fchmod(descriptor, _MODE)


def _key(member: dict[str, Any]) -> Key:
    return Key(
        name=str(member["name"]),
        scopes=scopes_of(member["scopes"]),
        digest=str(member["sha256"]).lower(),
        created=str(member.get("created", "")),
        ends=str(member.get("ends", "")),
    )


def _member(key: Key) -> dict[str, Any]:
    return {
        "name": key.name,
        "scopes": sorted(key.scopes),
        "sha256": key.digest,
        "created": key.created,
        "ends": key.ends,
    }
