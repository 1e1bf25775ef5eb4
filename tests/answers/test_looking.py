"""Bytes to views, and the one step down when memory is short."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest

from framed.answers.looking import Look, Looker, Seen
from framed.errors import Code, FramedError
from framed.imaging.pool import DecodePool
from framed.imaging.prepare import Prepared
from framed.photo import PhotoBytes, Pixels, Tones
from framed.results import ClipFacts
from tests.fakes import FACTS
from tests.photos import NO_PHOTO, photo

SHORT = FramedError(Code.OUT_OF_MEMORY, "no memory", retry_after=5)


def prepare(looker: Looker, given: PhotoBytes, look: Look) -> Prepared:
    return asyncio.run(looker.prepare(given, FACTS, look))


class Model:
    """Answers with the side it saw; runs out of memory at `short` sides. Keeps the tones told."""

    def __init__(self, *short: int) -> None:
        self.short = short
        self.saw: list[int] = []
        self.told: list[Tones | None] = []

    async def __call__(self, square: Pixels, tones: Tones | None) -> int:
        self.told.append(tones)
        side = int(square.shape[0])
        self.saw.append(side)
        if side in self.short:
            raise SHORT
        return side


def show(looker: Looker, ask: Model, size: int, facts: ClipFacts = FACTS) -> Seen[int]:
    """What the model answers about a photo at `size`."""

    async def scenario() -> Seen[int]:
        look = Look(size, planes=("grey_preview",))
        prepared = await looker.prepare(photo(), facts, look)
        return await looker.show(photo(), facts, look, prepared.views, ask)

    return asyncio.run(scenario())


def test_only_the_views_asked_for_are_made(looker: Looker) -> None:
    """One square of the side asked, and the planes that are wanted."""
    plain = prepare(looker, photo(), Look(224)).views
    assert {side: view.shape for side, view in plain.squares.items()} == {224: (224, 224, 3)}
    assert plain.planes == {}
    both = prepare(looker, photo(), Look(336, planes=("grey_preview", "rgb"))).views
    assert list(both.squares) == [336]
    assert list(both.planes) == ["grey_preview", "rgb"]


@pytest.mark.parametrize(
    ("look", "decoded"),
    [
        (Look(224), (800, 675)),
        (Look(224, decode="exact"), (1600, 1350)),
        (Look(224, min_long_side=1024), (1600, 1350)),
        (Look(224, planes=("full_crop",)), (1600, 1350)),
        (Look(None, min_long_side=700), (800, 675)),
    ],
    ids=["fast", "exact", "for the metrics", "original pixels", "no model"],
)
def test_large_photos_shrink_on_load_unless_told_not_to(
    looker: Looker, look: Look, decoded: tuple[int, int]
) -> None:
    """Three times the square's side is enough for the model, a long side for the metrics."""
    facts = prepare(looker, photo(size=(1600, 1350)), look).facts
    assert facts.original_size == (1600, 1350)
    assert facts.decoded_size == decoded


def test_photos_beyond_the_limit_are_refused(looker: Looker) -> None:
    """The setting in megapixels reaches the decoder."""
    with pytest.raises(FramedError) as refused:
        prepare(looker, photo(size=(2000, 1501)), Look(224))
    assert refused.value.code is Code.TOO_MANY_PIXELS


def test_what_is_no_photo_is_refused(looker: Looker) -> None:
    """With the decoder's own code."""
    with pytest.raises(FramedError) as refused:
        prepare(looker, NO_PHOTO, Look(224))
    assert refused.value.code is Code.NOT_AN_IMAGE


def test_the_model_sees_the_square(looker: Looker) -> None:
    """Without trouble there is one call, at the side asked."""
    ask = Model()
    seen = show(looker, ask, 336)
    assert (seen.answer, seen.size, seen.oom_fallback, ask.saw) == (336, 336, False, [336])
    assert seen.milliseconds >= 0


def test_short_memory_steps_down_once(looker: Looker, caplog: pytest.LogCaptureFixture) -> None:
    """At 336 the model is asked once more at 224, with tones again; answer and log say so."""
    ask = Model(336)
    with caplog.at_level(logging.WARNING, "framed.answers"):
        seen = show(looker, ask, 336)
    assert (seen.answer, seen.size, seen.oom_fallback, ask.saw) == (224, 224, True, [336, 224])
    assert "out of memory at 336" in caplog.text
    assert len(ask.told) == 2
    assert None not in ask.told


@pytest.mark.parametrize(
    ("short", "size", "facts", "saw"),
    [
        ((224, 336), 336, FACTS, [336, 224]),
        ((224,), 224, FACTS, [224]),
        ((336,), 336, replace(FACTS, sizes=(336,)), [336]),
    ],
    ids=["both short", "small already", "no smaller size"],
)
def test_there_is_no_second_step(
    looker: Looker, short: tuple[int, ...], size: int, facts: ClipFacts, saw: list[int]
) -> None:
    """Not below 224, and not to a size the model has not: then it is `out_of_memory`."""
    ask = Model(*short)
    with pytest.raises(FramedError) as refused:
        show(looker, ask, size, facts)
    assert refused.value is SHORT
    assert ask.saw == saw


@pytest.mark.parametrize("code", [Code.OVERLOADED, Code.UNAVAILABLE, Code.INTERNAL])
def test_other_refusals_are_not_tried_again(looker: Looker, code: Code) -> None:
    """Only memory is a reason to look again."""
    calls = 0

    async def ask(square: Pixels, tones: Tones | None) -> int:
        nonlocal calls
        calls += 1
        raise FramedError(code, "no")

    look = Look(336)
    views = prepare(looker, photo(), look).views
    with pytest.raises(FramedError) as refused:
        asyncio.run(looker.show(photo(), FACTS, look, views, ask))
    assert (refused.value.code, calls) == (code, 1)


def test_a_looker_says_whether_it_can_look() -> None:
    """What its pool says: loading, ready, or at an end."""
    pool = DecodePool(1, 64)
    looker = Looker(pool, 3)
    looker.warm()
    prepare(looker, photo(), Look(224))
    assert (looker.fault(), looker.stuck()) == (None, None)
    looker.close()
    assert looker.fault() == "shutting down"
