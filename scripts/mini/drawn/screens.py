"""Screenshots: chats, apps, windows, web pages, sheets, editors, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from scripts.mini.drawn import wording
from scripts.mini.drawn.fonts import Font, Fonts, sized

Dice = np.random.Generator
Picture = Image.Image
Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Theme:
    """Colours of one screen."""

    ground: Colour
    card: Colour
    text: Colour
    faint: Colour
    accent: Colour


def screen(dice: Dice, fonts: Fonts, photos: Sequence[Picture]) -> Picture:
    """One of all kinds."""
    phone = (_chat, _chat, _settings, _feed, _lock, _dialog)
    desk = (_browser, _sheet, _editor, _desktop, _terminal, _mail, _dashboard)
    in_hand = dice.random() < 0.5
    size = _phone_size(dice) if in_hand else _desk_size(dice)
    kinds: Sequence[Callable[[_View], None]] = phone if in_hand else desk
    view = _View(Image.new("RGB", size), dice, fonts, photos)
    kinds[int(dice.integers(len(kinds)))](view)
    return view.picture


def theme_of(dice: Dice) -> Theme:
    """Light or dark, with any accent."""
    accent = _colour(dice, 30, 230)
    if dice.random() < 0.35:
        base = int(dice.integers(0, 45))
        card = base + int(dice.integers(10, 35))
        tint = int(dice.integers(0, 14))
        ground, cards = (base, base, base + tint), (card, card, card + tint)
        return Theme(ground, cards, _grey(235), _grey(150), accent)
    base = int(dice.integers(225, 256))
    ground = _colour(dice, base - 22, base) if dice.random() < 0.4 else _grey(base)
    return Theme(ground, _grey(255), _grey(int(dice.integers(0, 60))), _grey(130), accent)


def _grey(level: int) -> Colour:
    return level, level, level


class _View:
    """A screen that is drawn upon."""

    def __init__(
        self, picture: Picture, dice: Dice, fonts: Fonts, photos: Sequence[Picture]
    ) -> None:
        self.picture, self.dice, self.photos = picture, dice, photos
        self.draw = ImageDraw.Draw(picture)
        self.w, self.h = picture.size
        self.theme = theme_of(dice)
        self.face, self.mono = fonts.any(dice), fonts.mono(dice)
        self.unit = min(self.w, self.h) / dice.uniform(26, 40)  # the size of plain text
        self.draw.rectangle((0, 0, self.w, self.h), fill=self.theme.ground)

    def font(self, size: float = 1.0, *, mono: bool = False) -> Font:
        return sized(self.mono if mono else self.face, int(self.unit * size))

    def text(
        self, at: tuple[float, float], text: str, colour: Colour | None = None, size: float = 1.0
    ) -> None:
        self.draw.text(at, text, colour or self.theme.text, self.font(size))

    def fitted(self, wide: float, size: float = 1.0) -> str:
        font, text = self.font(size), wording.words(self.dice, 1, 3)
        while font.getlength(text + " meeting") < wide:
            text += " " + wording.word(self.dice)
            if self.dice.random() < 0.08:
                break
        return text

    def photo(self, box: Box) -> None:
        wide, high = max(2, int(box[2] - box[0])), max(2, int(box[3] - box[1]))
        chosen = self.photos[int(self.dice.integers(len(self.photos)))]
        self.picture.paste(ImageOps.fit(chosen, (wide, high)), (int(box[0]), int(box[1])))

    def status_bar(self) -> float:
        """Clock, signal, battery; answers where it ends."""
        u = self.unit
        self.text((u, u * 0.5), wording.clock(self.dice), size=0.9)
        for at in range(4):
            x = self.w - (5.5 - at * 0.6) * u
            self.draw.rectangle((x, u * (1.3 - at * 0.2), x + u * 0.4, u * 1.5), self.theme.text)
        box = (self.w - 2.8 * u, u * 0.6, self.w - u, u * 1.5)
        self.draw.rounded_rectangle(box, 3, outline=self.theme.text)
        self.draw.rectangle((box[0] + 2, box[1] + 2, box[2] - u * 0.6, box[3] - 2), self.theme.text)
        return 2.2 * u

    def title_bar(self, y: float) -> float:
        u = self.unit
        fill = self.theme.accent if self.dice.random() < 0.4 else self.theme.card
        self.draw.rectangle((0, y, self.w, y + 3 * u), fill)
        self.draw.line([(2 * u, y + u), (u, y + 1.6 * u), (2 * u, y + 2.2 * u)], self.theme.text, 2)
        self.text((3 * u, y + 0.8 * u), wording.words(self.dice, 1, 3), size=1.2)
        return y + 3 * u

    def tab_bar(self) -> float:
        u, count = self.unit, int(self.dice.integers(3, 6))
        top = self.h - 4 * u
        self.draw.rectangle((0, top, self.w, self.h), self.theme.card)
        for at in range(count):
            x = (at + 0.5) * self.w / count
            self.draw.ellipse((x - u, top + u * 0.5, x + u, top + u * 2.5), self.theme.faint)
        return top


def _chat(view: _View) -> None:
    dice, u = view.dice, view.unit
    y = 0.0
    if dice.random() < 0.75:
        y = view.title_bar(view.status_bar())
    mine = _colour(dice, 130, 255) if dice.random() < 0.5 else view.theme.accent
    radius = dice.uniform(0.1, 1.6) * u
    end = view.h - (3 * u if dice.random() < 0.6 else 0)
    y += u
    while y < end - 3 * u:
        left = dice.random() < 0.5
        lines = int(dice.integers(1, 4))
        wide, high = view.w * dice.uniform(0.3, 0.75), u * (1.5 * lines + 0.9)
        x = u if left else view.w - u - wide
        fill = view.theme.card if left else mine
        if dice.random() < 0.07:
            view.photo((x, y, x + wide, y + wide * 0.7))
            y += wide * 0.7 + u
            continue
        view.draw.rounded_rectangle((x, y, x + wide, y + high), radius, fill)
        dark = sum(fill) < 380
        for line in range(lines):
            colour = _grey(245) if dark else _grey(20)
            view.text((x + 0.8 * u, y + u * (0.4 + 1.5 * line)), view.fitted(wide - 2 * u), colour)
        y += high + u * dice.uniform(0.3, 1.6)
    if end < view.h:
        view.draw.rectangle((0, end, view.w, view.h), view.theme.card)
        view.draw.rounded_rectangle(
            (u, end + 0.5 * u, view.w - 4 * u, view.h - 0.5 * u), u, outline=view.theme.faint
        )
        view.draw.ellipse((view.w - 3 * u, end + 0.5 * u, view.w - u, end + 2.5 * u), mine)


def _settings(view: _View) -> None:
    dice, u = view.dice, view.unit
    y = view.title_bar(view.status_bar())
    step = dice.uniform(3, 5) * u
    while y < view.h - step:
        if dice.random() < 0.2:
            view.text((u, y + u), view.fitted(view.w * 0.4, 0.8).upper(), view.theme.accent, 0.8)
        else:
            view.draw.rectangle((0, y, view.w, y + step - 1), view.theme.card)
            icon = (u, y + u, 3 * u, y + 3 * u)
            view.draw.rounded_rectangle(icon, u * 0.5, _colour(dice, 40, 230))
            view.text((4 * u, y + 0.7 * u), view.fitted(view.w * 0.5))
            view.text((4 * u, y + 2 * u), view.fitted(view.w * 0.6, 0.75), view.theme.faint, 0.75)
            if dice.random() < 0.5:
                on = dice.random() < 0.5
                box = (view.w - 5 * u, y + u, view.w - 2 * u, y + 2.5 * u)
                fill = view.theme.accent if on else view.theme.faint
                view.draw.rounded_rectangle(box, 0.75 * u, fill)
        y += step


def _feed(view: _View) -> None:
    dice, u = view.dice, view.unit
    y, end = view.title_bar(view.status_bar()), view.tab_bar()
    while y < end - 4 * u:
        view.draw.ellipse((u, y + 0.5 * u, 3.5 * u, y + 3 * u), _colour(dice, 60, 220))
        view.text((4.2 * u, y + 0.5 * u), wording.words(dice, 1, 2))
        view.text((4.2 * u, y + 1.9 * u), view.fitted(view.w * 0.3, 0.8), view.theme.faint, 0.8)
        y += 3.6 * u
        for _ in range(int(dice.integers(1, 5))):
            view.text((u, y), view.fitted(view.w - 2 * u))
            y += 1.5 * u
        if dice.random() < 0.4:
            high = min(view.w * dice.uniform(0.3, 0.6), end - y)
            if high > 20:
                view.photo((0, y, view.w, y + high))
                y += high
        view.draw.line((0, y + u, view.w, y + u), view.theme.faint)
        y += 1.6 * u


def _lock(view: _View) -> None:
    """A home screen: icons in rows over a plain or soft ground."""
    dice, u = view.dice, view.unit
    y = view.status_bar() + 2 * u
    columns = int(dice.integers(3, 6))
    side = view.w / columns
    while y < view.h - 1.3 * side:
        for at in range(columns):
            if dice.random() < 0.93:
                x = side * (at + 0.2)
                box = (x, y, x + 0.6 * side, y + 0.6 * side)
                view.draw.rounded_rectangle(box, side * 0.14, _colour(dice, 20, 255))
                inner = (x + 0.18 * side, y + 0.18 * side, x + 0.42 * side, y + 0.42 * side)
                view.draw.ellipse(inner, _grey(255))
                view.text((x, y + 0.65 * side), wording.word(dice), size=0.7)
        y += 1.1 * side


def _dialog(view: _View) -> None:
    dice, u = view.dice, view.unit
    _settings(view)
    if dice.random() < 0.5:
        view.picture.paste(Image.eval(view.picture, lambda value: value // 2))
    top = view.h * dice.uniform(0.25, 0.5)
    box = (2 * u, top, view.w - 2 * u, top + 11 * u)
    view.draw.rounded_rectangle(box, u, view.theme.card)
    view.text((4 * u, top + u), wording.words(dice, 2, 3), size=1.3)
    for line in range(3):
        view.text((4 * u, top + u * (3.4 + 1.6 * line)), view.fitted(view.w - 9 * u))
    view.text((view.w - 8 * u, top + 9 * u), "OK", view.theme.accent, 1.1)


def _window(view: _View, box: Box, fill: Colour) -> float:
    """A window's frame and bar; answers where its inside begins."""
    u, (left, top, right, _) = view.unit, box
    view.draw.rectangle(box, fill, view.theme.faint)
    view.draw.rectangle((left, top, right, top + 1.8 * u), view.theme.card, view.theme.faint)
    if view.dice.random() < 0.5:
        for at, colour in enumerate(((255, 95, 86), (255, 189, 46), (39, 201, 63))):
            x = left + u * (0.8 + 1.2 * at)
            view.draw.ellipse((x, top + 0.5 * u, x + 0.8 * u, top + 1.3 * u), colour)
    else:
        for at in range(3):
            x = right - u * (1.6 + 1.8 * at)
            view.draw.rectangle(
                (x, top + 0.6 * u, x + 0.7 * u, top + 1.2 * u), outline=view.theme.text
            )
    view.text(
        (left + (right - left) * 0.4, top + 0.3 * u), wording.words(view.dice, 1, 3), size=0.9
    )
    return top + 1.8 * u


def _browser(view: _View) -> None:
    dice, u = view.dice, view.unit
    y = 0.0
    if dice.random() < 0.75:
        y = _window(view, (0, 0, view.w, view.h), view.theme.ground)
        view.draw.rounded_rectangle(
            (5 * u, y + 0.3 * u, view.w - 5 * u, y + 1.7 * u), u, view.theme.card, view.theme.faint
        )
        view.text(
            (6 * u, y + 0.4 * u), f"www.{wording.word(dice)}.com/{wording.word(dice)}", size=0.8
        )
        y += 2.2 * u
    view.draw.rectangle((0, y, view.w, y + 2.5 * u), view.theme.accent)
    for at in range(int(dice.integers(3, 7))):
        view.text((u * (1 + 5 * at), y + 0.7 * u), wording.word(dice).capitalize(), _grey(255))
    y += 3.5 * u
    view.text((2 * u, y), wording.words(dice, 2, 5), size=2)
    y += 4 * u
    side = view.w * (dice.uniform(0.6, 0.75) if dice.random() < 0.6 else 1)
    if dice.random() < 0.5:
        for at in range(int(dice.integers(2, 5))):
            x = 2 * u + at * view.w / 4
            view.photo((x, y, x + view.w / 4.6, y + view.h * 0.2))
        y += view.h * 0.2 + u
    while y < view.h - u:
        view.text((2 * u, y), view.fitted(side - 4 * u))
        y += u * (1.5 if dice.random() < 0.85 else 3)
    if side < view.w:
        for at in range(12):
            view.text(
                (side, (6 + 2 * at) * u),
                view.fitted(view.w - side - u, 0.9),
                view.theme.accent,
                0.9,
            )


def _sheet(view: _View) -> None:
    dice, u = view.dice, view.unit
    y = _window(view, (0, 0, view.w, view.h), view.theme.ground)
    view.draw.rectangle((0, y, view.w, y + 3 * u), view.theme.card)
    for at in range(18):
        x = u * (1 + 1.8 * at)
        view.draw.rectangle((x, y + u, x + u, y + 2 * u), _colour(dice, 60, 230))
    y += 3 * u
    wide, high = u * dice.uniform(4, 7), u * dice.uniform(1.3, 1.9)
    filled = (int(dice.integers(2, 9)), int(dice.integers(5, 30)))
    row = 0
    while y < view.h:
        for column in range(int(view.w / wide) + 1):
            x = column * wide
            head = row == 0 or column == 0
            fill = view.theme.card if head else view.theme.ground
            view.draw.rectangle((x, y, x + wide, y + high), fill, view.theme.faint)
            if head:
                view.text(
                    (x + 0.4 * wide, y),
                    str(row) if column == 0 else chr(64 + column),
                    view.theme.faint,
                    0.85,
                )
            elif column <= filled[0] and row <= filled[1]:
                text = wording.word(dice) if column == 1 or row == 1 else wording.price(dice)
                view.text((x + 0.2 * u, y), text, size=0.85)
        y, row = y + high, row + 1


def _editor(view: _View) -> None:
    dice, u = view.dice, view.unit
    y = _window(view, (0, 0, view.w, view.h), view.theme.ground) + 0.5 * u
    side = view.w * dice.uniform(0.12, 0.25) if dice.random() < 0.6 else 0
    if side:
        view.draw.rectangle((0, y, side, view.h), view.theme.card)
        for at in range(int((view.h - y) / (1.5 * u))):
            if dice.random() < 0.7:
                view.text((u, y + 1.5 * u * at), f"{wording.word(dice)}.py", view.theme.faint, 0.85)
    colours = [
        _colour(dice, 90, 255) if sum(view.theme.ground) < 300 else _colour(dice, 0, 170)
        for _ in range(4)
    ]
    number = int(dice.integers(1, 300))
    while y < view.h - u:
        view.draw.text(
            (side + 0.5 * u, y), str(number), view.theme.faint, view.font(0.9, mono=True)
        )
        x = side + 3 * u + 2 * u * int(dice.integers(0, 5))
        if dice.random() < 0.85:
            for _ in range(int(dice.integers(1, 8))):
                text = wording.word(dice) + str(dice.choice([" ", "(", ") ", " = ", ": ", "."]))
                font = view.font(0.9, mono=True)
                view.draw.text((x, y), text, colours[int(dice.integers(4))], font)
                x += font.getlength(text)
        y, number = y + 1.35 * u, number + 1


def _terminal(view: _View) -> None:
    dice, u = view.dice, view.unit
    dark = dice.random() < 0.8
    fill = (int(dice.integers(0, 45)),) * 3 if dark else _grey(250)
    y = _window(view, (0, 0, view.w, view.h), fill) + 0.3 * u
    ink = _colour(dice, 150, 255) if dark else _grey(20)
    while y < view.h - u:
        text = ("$ " if dice.random() < 0.3 else "") + view.fitted(view.w * dice.uniform(0.1, 0.95))
        view.draw.text((0.5 * u, y), text, ink, view.font(0.9, mono=True))
        y += 1.3 * u
        if dice.random() < 0.02:
            return


def _desktop(view: _View) -> None:
    dice, u = view.dice, view.unit
    if dice.random() < 0.5:
        view.photo((0, 0, view.w, view.h))
    else:
        view.draw.rectangle((0, 0, view.w, view.h), _colour(dice, 0, 200))
    for at in range(int(dice.integers(2, 7))):
        box = (u, u * (1 + 4 * at), 3 * u, u * (3 + 4 * at))
        view.draw.rounded_rectangle(box, 4, _colour(dice, 60, 255))
        view.text((u, u * (3.1 + 4 * at)), wording.word(dice), _grey(255), 0.7)
    for _ in range(int(dice.integers(1, 4))):
        left, top = view.w * dice.uniform(0.05, 0.4), view.h * dice.uniform(0.03, 0.4)
        box = (
            left,
            top,
            left + view.w * dice.uniform(0.35, 0.6),
            top + view.h * dice.uniform(0.35, 0.6),
        )
        y = _window(view, box, view.theme.ground) + 0.5 * u
        while y < box[3] - 1.5 * u:
            view.text((left + u, y), view.fitted(box[2] - left - 3 * u))
            y += 1.6 * u
    view.draw.rectangle((0, view.h - 2.2 * u, view.w, view.h), view.theme.card)
    for at in range(int(dice.integers(4, 12))):
        x = u * (1 + 2.2 * at)
        view.draw.rectangle(
            (x, view.h - 1.8 * u, x + 1.4 * u, view.h - 0.4 * u), _colour(dice, 40, 240)
        )


def _mail(view: _View) -> None:
    dice, u = view.dice, view.unit
    y = _window(view, (0, 0, view.w, view.h), view.theme.ground)
    first, second = view.w * dice.uniform(0.1, 0.2), view.w * dice.uniform(0.32, 0.5)
    view.draw.rectangle((0, y, first, view.h), view.theme.accent)
    for at in range(9):
        view.text((0.5 * u, y + (1 + 2 * at) * u), wording.word(dice).capitalize(), _grey(255))
    for at in range(int((view.h - y) / (4 * u)) + 1):
        top = y + 4 * u * at
        view.draw.rectangle((first, top, second, top + 4 * u), view.theme.card, view.theme.faint)
        for line in range(2):
            room = second - first - u
            view.text(
                (first + 0.5 * u, top + u * (0.5 + 1.5 * line)), view.fitted(room, 0.9), size=0.9
            )
    view.text((second + u, y + u), wording.words(dice, 2, 4), size=1.6)
    for at in range(int((view.h - y) / (1.6 * u)) - 3):
        if dice.random() < 0.8:
            view.text((second + u, y + u * (4 + 1.6 * at)), view.fitted(view.w - second - 2 * u))


def _dashboard(view: _View) -> None:
    dice, u = view.dice, view.unit
    y = _window(view, (0, 0, view.w, view.h), view.theme.ground)
    side = view.w * 0.15
    view.draw.rectangle((0, y, side, view.h), view.theme.card)
    for at in range(8):
        view.text((u, y + u * (1 + 2.5 * at)), wording.word(dice).capitalize())
    columns, rows = int(dice.integers(2, 5)), int(dice.integers(2, 4))
    wide, high = (view.w - side) / columns, (view.h - y) / rows
    for at in range(columns * rows):
        left, top = side + wide * (at % columns), y + high * (at // columns)
        box = (left + 0.5 * u, top + 0.5 * u, left + wide - 0.5 * u, top + high - 0.5 * u)
        view.draw.rounded_rectangle(box, 0.5 * u, view.theme.card)
        view.text((left + u, top + u), view.fitted(wide * 0.6, 0.9), view.theme.faint, 0.9)
        view.text((left + u, top + 2.5 * u), wording.price(dice), size=2)
        for line in range(4):
            view.text(
                (left + u, top + u * (5.5 + 1.4 * line)), view.fitted(wide - 3 * u, 0.8), size=0.8
            )


def _phone_size(dice: Dice) -> tuple[int, int]:
    width = int(dice.integers(400, 720))
    return width, int(width * dice.uniform(1.6, 2.2))


def _desk_size(dice: Dice) -> tuple[int, int]:
    width = int(dice.integers(700, 1200))
    return width, int(width * dice.uniform(0.5, 0.8))


def _colour(dice: Dice, low: int, high: int) -> Colour:
    found = dice.integers(low, max(high, low + 1), 3)
    return int(found[0]), int(found[1]), int(found[2])
