"""Which packages are served: the pinned ones, and what they bring along on this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from framed.extras import is_there

ROOT = Path(__file__).resolve().parents[2]
PINS = ROOT / ("requirements.txt" if is_there() else "requirements-slim.txt")  # of this set-up
_PIN = re.compile(r"^[A-Za-z0-9]")


def pins(requirements: Path) -> list[Requirement]:
    """What a file of pins asks for on this machine."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    asked = [Requirement(line) for line in lines if _PIN.match(line)]
    return [each for each in asked if each.marker is None or each.marker.evaluate()]


def served(requirements: Path) -> dict[str, Distribution]:
    """Canonical name -> what is installed: the pinned packages, and all that these require.

    The pins leave torch's CUDA packages to torch; they are served all the same. Raises
    `PackageNotFoundError` for a pin that is not installed.
    """
    found: dict[str, Distribution] = {}
    asked = [(pin.name, frozenset(pin.extras)) for pin in pins(requirements)]
    for name, _ in asked:
        found[canonicalize_name(name)] = distribution(name)
    seen = set()
    while asked:
        name, extras = wanted = asked.pop()
        if wanted in seen or (installed := _installed(name)) is None:
            continue
        seen.add(wanted)
        found[canonicalize_name(name)] = installed
        asked += _required(installed, extras)
    return found


def _required(
    installed: Distribution, extras: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    for text in installed.requires or ():
        each = Requirement(text)
        told = [{"extra": extra} for extra in extras] or [{"extra": ""}]
        if each.marker is None or any(each.marker.evaluate(extra) for extra in told):
            yield each.name, frozenset(each.extras)


def _installed(name: str) -> Distribution | None:
    """None: it is for another kind of machine, or for an extra that nobody asked for."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None
