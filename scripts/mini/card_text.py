"""How text and figures stand in a model card."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import TextWrapper

_WIDTH = 110


def fill(text: str, indent: str = "") -> str:
    """`text` in lines of one width; further lines begin with `indent`."""
    return TextWrapper(_WIDTH, subsequent_indent=indent, break_on_hyphens=False).fill(text)


def number(value: float | None) -> str:
    """A figure in 0..1, where there is one."""
    return "-" if value is None else f"{value:.3f}"


def listed(figures: Mapping[str, float]) -> str:
    """Figures by name, the highest first."""
    ordered = sorted(figures.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {value:.3f}" for name, value in ordered)
