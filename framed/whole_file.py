"""Files that readers see whole, the old one or the new one: written beside, then renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

_MODE = 0o644  # servers over one folder may run as different users


def replace_file(file: Path, fill: Callable[[IO[bytes]], object]) -> None:
    """`file` holds what `fill` wrote, or is as it was; its folder is there. Raises `OSError`."""
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".part-", delete=False) as stream:
        part = Path(stream.name)
        try:
            os.fchmod(stream.fileno(), _MODE)
            fill(stream)
            stream.flush()
            os.replace(part, file)
        finally:
            part.unlink(missing_ok=True)  # gone already, unless something failed
