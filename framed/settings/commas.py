"""Lists as an environment variable holds them."""

from __future__ import annotations

from typing import Any


def split_at_commas(value: Any) -> Any:
    """A text as its parts, blanks around them and empty ones left out; anything else as it is."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value
