"""Screenshots: chats, apps, windows, web pages, sheets, editors, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from scripts.mini.drawn import desks, phones
from scripts.mini.drawn.fonts import Fonts
from scripts.mini.drawn.layouts import composed
from scripts.mini.drawn.view import View

Dice = np.random.Generator
Picture = Image.Image
Kinds = Sequence[Callable[[View], None]]

_COMPOSED = 0.5  # of all screens
_PHONES: Kinds = (
    *(phones.chat, phones.chat, phones.settings, phones.feed),
    *(phones.lock, phones.dialog, phones.cards),
)
_DESKS: Kinds = (
    *(desks.browser, desks.sheet, desks.editor, desks.desktop, desks.terminal),
    *(desks.mail, desks.dashboard, desks.files, desks.files),
)


def screen(dice: Dice, fonts: Fonts, photos: Sequence[Picture]) -> Picture:
    """One of all kinds."""
    in_hand = dice.random() < 0.5
    size = _phone_size(dice) if in_hand else _desk_size(dice)
    kinds = _PHONES if in_hand else _DESKS
    view = View(Image.new("RGB", size), dice, fonts, photos)
    if dice.random() < _COMPOSED:
        composed(view)
    else:
        kinds[int(dice.integers(len(kinds)))](view)
    return view.picture


def _phone_size(dice: Dice) -> tuple[int, int]:
    width = int(dice.integers(400, 720))
    return width, int(width * dice.uniform(1.6, 2.2))


def _desk_size(dice: Dice) -> tuple[int, int]:
    width = int(dice.integers(700, 1200))
    return width, int(width * dice.uniform(0.5, 0.8))
