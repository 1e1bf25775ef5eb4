"""Files that readers see whole, the old one or the new one: written beside, then renamed."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

_MODE = 0o644  # of a new file: servers over one folder may run as different users


def replace_file(file: Path, fill: Callable[[IO[bytes]], object], *, durable: bool = False) -> None:
    """`file` holds what `fill` wrote, under the mode that it had, or is as it was; its folder is
    there. `durable`: the bytes are on the disk before they have the name. Raises `OSError`."""
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".part-", delete=False) as stream:
        part = Path(stream.name)
        try:
            os.fchmod(stream.fileno(), _mode_of(file))
            fill(stream)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
            os.replace(part, file)
        finally:
            part.unlink(missing_ok=True)  # gone already, unless something failed


def _mode_of(file: Path) -> int:
    try:
        return stat.S_IMODE(file.stat().st_mode)
    except FileNotFoundError:
        return _MODE
