"""What one request holds in memory, as far as it is known: its part of the room for all of them."""

from __future__ import annotations

from framed.errors import FramedError, overloaded
from framed.routes.room import Room

FREE_BYTES = 64 * 1024  # of each request, whatever the others hold


class Place:
    """Bytes that a request holds; those above `FREE_BYTES` are taken from `room`."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._taken = 0

    def beside(self) -> Place:
        """Another place in the same room."""
        return Place(self._room)

    @property
    def taken(self) -> int:
        """Bytes of the room."""
        return self._taken

    @property
    def total(self) -> int:
        """Bytes that may be held without asking for more."""
        return FREE_BYTES + self._taken

    @property
    def most(self) -> int:
        """Bytes that it may ever hold, if nobody else holds any."""
        return FREE_BYTES + self._room.most

    def fits(self, total: int) -> bool:
        """Whether `total` bytes in all may be held at once; they are then."""
        more = total - self.total
        if more <= 0:
            return True
        fits = self._room.take(more, self._taken)
        self._taken += more if fits else 0
        return fits

    async def hold(self, total: int) -> None:
        """Hold `total` bytes, after a wait for them; more than is for one request counts as that.

        Raises `overloaded` where the wait is too long.
        """
        more = min(total - FREE_BYTES, self._room.most) - self._taken
        if more <= 0:
            return
        if not await self._room.wait(more, self._taken):
            raise no_room()
        self._taken += more

    def shrink(self, total: int) -> None:
        """Hold no more than `total` bytes from now on."""
        less = self._taken - max(0, total - FREE_BYTES)
        if less > 0:
            self._taken -= less
            self._room.give_back(less)


def no_room() -> FramedError:
    """The refusal of what would have to wait too long for room in memory."""
    return overloaded("Requests hold more memory than there is for them; try again shortly.", 2.0)
