"""Packages that a slim set-up goes without, and the sentence that says so where they are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from framed.errors import StartupError

TORCH = ("torch", "torchvision", "open_clip")
LIBRARIES = ("piq", "skimage", "pywt", *TORCH)


class AbsentError(StartupError):
    """What was asked for needs packages that are not installed; the message says which extra."""


def is_there(packages: Sequence[str] = TORCH) -> bool:
    """Whether all of them are installed; none is imported."""
    return all(find_spec(package) is not None for package in packages)


def absence(what: str, extra: str = "torch") -> str:
    """The sentence: `what` cannot be had without the packages of the extra of Framed's."""
    pip = f"pip install -e '.[{extra}]'"
    ways = f"make setup SLIM=, or {pip}" if extra == "torch" else pip
    return (
        f"{what} needs the packages of the extra `{extra}`, which are not installed "
        f"(in the checkout: {ways})"
    )


def require(packages: Sequence[str], what: str, extra: str = "torch") -> None:
    """Raises `AbsentError` where one of them is not installed."""
    if not is_there(packages):
        raise AbsentError(f"{absence(what, extra)}.")
