"""One photo in its turn: decoded, shown to the model, and counted."""

from __future__ import annotations

from typing import TypeVar

from framed.answers.looking import Ask, Look, Looker, Seen
from framed.imaging.formats import format_if_known
from framed.imaging.prepare import Prepared
from framed.photo import PhotoBytes
from framed.results import ClipFacts
from framed.telemetry.photos import a_photo
from framed.turns.ticket import Lane
from framed.turns.turns import Turns

Answer = TypeVar("Answer")


async def see(
    looker: Looker,
    turns: Turns,
    lane: Lane,
    photo: PhotoBytes,
    facts: ClipFacts,
    look: Look,
    ask: Ask[Answer],
    *,
    with_words: bool = False,
) -> tuple[Prepared, Seen[Answer]]:
    """What became of the photo, and what the model of `facts` answers about it, by `ask`;
    `with_words`: that may encode words too."""
    with a_photo(format_if_known(photo.data)):
        async with turns.take(lane, len(photo.data), more=with_words):
            prepared = await looker.prepare(photo, facts, look)
            return prepared, await looker.show(photo, facts, look, prepared.views, ask)
