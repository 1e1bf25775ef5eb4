"""Hostile photos: mutations, truncations, bombs, polyglots, and now and then a good one."""

from __future__ import annotations

from random import Random

from tests.server.hostile.bombs import bomb
from tests.server.hostile.mutations import Mutation, mutated
from tests.server.hostile.pictures import odd_pictures, pictures
from tests.server.hostile.polyglots import polyglot
from tests.server.running import REPO

ODD = REPO.parent / "shared" / "data" / "odd"


def hostile_photo(chance: Random) -> tuple[str, bytes]:
    """What was done to which picture, and the bytes."""
    done = chance.choices(list(_DONE), [share for share, _ in _DONE.values()])[0]
    name, picture = _any(chance) if done != "bomb" else _own(chance)
    return f"{done} {name}", _DONE[done][1](picture, chance)


def _cut(picture: bytes, chance: Random) -> bytes:
    return picture[: chance.randrange(len(picture))]


def _joined(picture: bytes, chance: Random) -> bytes:
    return polyglot(picture, _any(chance)[1], chance)


def _as_it_is(picture: bytes, chance: Random) -> bytes:
    return picture


def _any(chance: Random) -> tuple[str, bytes]:
    odd = odd_pictures(ODD)
    return chance.choice(list(odd.items())) if odd and chance.random() < 0.3 else _own(chance)


def _own(chance: Random) -> tuple[str, bytes]:
    return chance.choice(list(pictures().items()))


_DONE: dict[str, tuple[int, Mutation]] = {  # the share of each in a hundred
    "mutated": (60, mutated),
    "cut": (10, _cut),
    "bomb": (10, bomb),
    "polyglot": (15, _joined),
    "good": (5, _as_it_is),
}
