"""The stream of hostile inputs: number `n` of a seed is the same request every time."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.server.hostile import heads, routes
from tests.server.hostile.framing import hostile_framing
from tests.server.hostile.json_bodies import hostile_json, plain_json
from tests.server.hostile.multipart import hostile_multipart
from tests.server.hostile.photos import hostile_photo
from tests.server.hostile.pictures import pictures
from tests.server.hostile.request import Hostile, written


def hostile(seed: int, number: int) -> Hostile:
    """The input `number` of `seed`; ways in take turns, so that every route has its share."""
    chance = Random(f"{seed}:{number}")
    return _WAYS[number % len(_WAYS)](chance)


def _form(path: str) -> Callable[[Random], Hostile]:
    def made(chance: Random) -> Hostile:
        what, photo = hostile_photo(chance)
        kind, body = hostile_multipart(routes.FORMS[path], photo, chance)
        head = {"Content-Type": kind, **heads.odd_headers(chance)}
        target = path + heads.odd_query(chance)
        return Hostile(f"form, {what}", path, written("POST", target, head, body))

    return made


def _raw(path: str) -> Callable[[Random], Hostile]:
    def made(chance: Random) -> Hostile:
        what, photo = hostile_photo(chance)
        head = {"Content-Type": heads.odd_type(chance), **heads.odd_headers(chance)}
        target = path + heads.odd_query(chance)
        return Hostile(f"raw, {what}", path, written("POST", target, head, photo))

    return made


def _photo_in_json(path: str) -> Callable[[Random], Hostile]:
    def made(chance: Random) -> Hostile:
        what, photo = hostile_photo(chance)
        body = routes.JSON[path](routes.as_text(photo))
        return _json(path, f"json, {what}", body, chance, odd=chance.random() < 0.3)

    return made


def _odd_json(path: str) -> Callable[[Random], Hostile]:
    def made(chance: Random) -> Hostile:
        body = routes.JSON[path](routes.as_text(pictures()["jpeg"]))
        return _json(path, "odd json", body, chance, odd=True)

    return made


def _json(path: str, kind: str, body: dict[str, object], chance: Random, *, odd: bool) -> Hostile:
    content = hostile_json(body, chance) if odd else plain_json(body)
    head = {"Content-Type": "application/json", **heads.odd_headers(chance)}
    target = path + heads.odd_query(chance)
    return Hostile(kind, path, written("POST", target, head, content))


def _named(chance: Random) -> Hostile:
    data = written("GET", routes.NAMED + chance.choice(heads.NAMED), heads.odd_headers(chance))
    return Hostile("named", routes.NAMED, data, method="GET")


def _framing(chance: Random) -> Hostile:
    return hostile_framing(pictures()[chance.choice(("jpeg", "png"))], chance)


_WAYS: tuple[Callable[[Random], Hostile], ...] = (
    *map(_form, routes.FORMS),
    *map(_raw, routes.RAW),
    *map(_photo_in_json, routes.JSON),
    *map(_odd_json, routes.JSON),
    _named,
    *[_framing] * 5,
)
