"""Room in memory for bodies that are still coming in; what finds none goes to disk."""

from __future__ import annotations

from framed.settings import MIB


class Room:
    """Counts what all half-received bodies of a process hold in memory, up to `limit` bytes."""

    def __init__(self, limit: int = 128 * MIB) -> None:
        self._left = limit

    def take(self, size: int) -> bool:
        """Whether `size` bytes fit; they are to be given back then."""
        fits = size <= self._left
        self._left -= size if fits else 0
        return fits

    def give_back(self, size: int) -> None:
        """Once the body is whole, or will never be."""
        self._left += size
