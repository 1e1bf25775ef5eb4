"""What an export logs, on standard output while a command waits for it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def progress_shown() -> Iterator[None]:
    """What the export logs goes to standard output meanwhile, a line a stage."""
    logger, handler = logging.getLogger("framed.clip"), logging.StreamHandler(sys.stdout)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
