"""Words of command lines that several commands take."""

from __future__ import annotations

import argparse


def count(text: str) -> int:
    """A whole number from 1; for argparse."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)
