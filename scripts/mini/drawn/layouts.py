"""Screens of no program in particular: bars, panels within panels, and what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scripts.mini.drawn import wording
from scripts.mini.drawn.view import Box, Colour, View, colour_of, grey

_LEAST = 9  # letters' sizes: the side of a panel that is parted no further


def composed(view: View) -> None:
    """Bars at the edges, or none, and between them panels."""
    dice, u = view.dice, view.unit
    left, top, right, bottom = 0.0, 0.0, float(view.w), float(view.h)
    if dice.random() < 0.6:
        top = u * dice.uniform(1.5, 4.5)
        _bar(view, (0, 0, right, top))
    if dice.random() < 0.4:
        bottom -= u * dice.uniform(1.5, 5)
        _bar(view, (0, bottom, right, view.h))
    if view.w > view.h and dice.random() < 0.6:
        left = view.w * dice.uniform(0.05, 0.3)
        view.draw.rectangle((0, top, left, bottom), _fill(view))
        _rows(view, (0, top, left, bottom))
    _panels(view, (left, top, right, bottom), int(dice.integers(0, 4)))


def _panels(view: View, box: Box, depth: int) -> None:
    dice, (left, top, right, bottom) = view.dice, box
    wide, high = right - left, bottom - top
    if depth == 0 or max(wide, high) < 2 * _LEAST * view.unit:
        _panel(view, box)
        return
    at = dice.uniform(0.25, 0.75)
    if wide > high:
        middle = left + at * wide
        parts = (left, top, middle, bottom), (middle, top, right, bottom)
    else:
        middle = top + at * high
        parts = (left, top, right, middle), (left, middle, right, bottom)
    for part in parts:
        _panels(view, part, depth - 1)


def _panel(view: View, box: Box) -> None:
    dice, margin = view.dice, view.unit * view.dice.uniform(0, 0.8)
    box = (box[0] + margin, box[1] + margin, box[2] - margin, box[3] - margin)
    if min(box[2] - box[0], box[3] - box[1]) < 3 * view.unit:
        return
    if dice.random() < 0.6:
        edge = view.theme.faint if dice.random() < 0.5 else None
        radius = view.unit * dice.uniform(0, 1.2)
        view.draw.rounded_rectangle(box, radius, _fill(view), edge)
    _INSIDES[int(dice.integers(len(_INSIDES)))](view, box)


def _bar(view: View, box: Box) -> None:
    dice, u = view.dice, view.unit
    fill = view.theme.accent if dice.random() < 0.3 else _fill(view)
    view.draw.rectangle(box, fill)
    ink, middle = _ink(fill), (box[1] + box[3]) / 2 - 0.6 * u
    x = u
    while x < box[2] - 3 * u:
        if dice.random() < 0.5:
            text = wording.words(dice, 1, 2)
            view.text((x, middle), text, ink, 0.9)
            x += view.font(0.9).getlength(text) + u * dice.uniform(0.6, 3)
        else:
            round_ = view.draw.ellipse if dice.random() < 0.5 else view.draw.rectangle
            round_((x, middle, x + 1.2 * u, middle + 1.2 * u), colour_of(dice, 40, 240))
            x += u * dice.uniform(1.6, 4)


def _lines(view: View, box: Box) -> None:
    """A heading and paragraphs."""
    dice, u, y = view.dice, view.unit, box[1] + 0.5 * view.unit
    size = dice.uniform(0.6, 1.3)
    if dice.random() < 0.6:
        view.text((box[0] + u, y), view.fitted((box[2] - box[0]) * 0.5, 1.8), size=1.8)
        y += 2.8 * u
    while y < box[3] - size * 1.3 * u:
        if dice.random() < 0.88:
            view.text((box[0] + u, y), view.fitted(box[2] - box[0] - 2 * u, size), size=size)
        y += size * 1.45 * u


def _rows(view: View, box: Box) -> None:
    """Something small, a name, and what there is to say of it."""
    dice, u = view.dice, view.unit
    step, y = u * dice.uniform(1.5, 5), box[1] + 0.3 * view.unit
    side, second, plain = step * 0.6, dice.random() < 0.5, dice.random() < 0.3
    while y < box[3] - step:
        x = box[0] + 0.6 * u
        if not plain:
            icon = (x, y + 0.2 * step, x + side, y + 0.2 * step + side)
            view.draw.rounded_rectangle(icon, side * dice.uniform(0, 0.5), colour_of(dice, 20, 240))
            x += side + 0.6 * u
        view.text((x, y + 0.15 * step), view.fitted((box[2] - x) * 0.7))
        if second and step > 3 * u:
            text = view.fitted((box[2] - x) * 0.8, 0.8)
            view.text((x, y + 0.55 * step), text, view.theme.faint, 0.8)
        if dice.random() < 0.4:
            view.draw.line((box[0], y + step, box[2], y + step), view.theme.faint)
        y += step


def _tiles(view: View, box: Box) -> None:
    """Pictures or plain tiles beside and below each other, with or without a line."""
    dice, u = view.dice, view.unit
    side = max(4 * u, (box[2] - box[0]) / int(dice.integers(2, 7)))
    named, photos = dice.random() < 0.7, dice.random() < 0.5
    y = box[1] + 0.3 * u
    while y < box[3] - side:
        x = box[0] + 0.3 * u
        while x < box[2] - 0.9 * side:
            tile = (x, y, x + 0.88 * side, y + (0.65 if named else 0.88) * side)
            if photos:
                view.photo(tile)
            else:
                view.draw.rounded_rectangle(tile, u * 0.4, colour_of(dice, 20, 245))
            if named:
                view.text((x, y + 0.7 * side), view.fitted(0.7 * side, 0.75), size=0.75)
            x += side
        y += side


def _table(view: View, box: Box) -> None:
    dice, u = view.dice, view.unit
    columns, step = int(dice.integers(2, 8)), u * dice.uniform(1.3, 2.6)
    wide, lined, y = (box[2] - box[0]) / columns, dice.random() < 0.6, box[1]
    while y < box[3] - step:
        for column in range(columns):
            x = box[0] + column * wide
            if lined:
                view.draw.rectangle((x, y, x + wide, y + step), outline=view.theme.faint)
            told = (wording.word, wording.price, wording.date, wording.clock)
            text = told[(column * 3 + columns) % 4](dice)
            view.text((x + 0.3 * u, y + 0.2 * u), text, size=0.85)
        y += step


def _form(view: View, box: Box) -> None:
    """Names, fields, and a button."""
    dice, u, y = view.dice, view.unit, box[1] + view.unit
    right = box[0] + (box[2] - box[0]) * dice.uniform(0.6, 0.95)
    while y < box[3] - 7 * u:
        view.text((box[0] + u, y), wording.words(dice, 1, 2), size=0.9)
        field = (box[0] + u, y + 1.5 * u, right, y + 3.4 * u)
        view.draw.rounded_rectangle(field, u * 0.3, _fill(view), view.theme.faint)
        if dice.random() < 0.5:
            text = view.fitted((right - box[0]) * 0.5, 0.9)
            view.text((field[0] + 0.5 * u, field[1] + 0.3 * u), text, size=0.9)
        y += 4.4 * u
    button = (box[0] + u, y, box[0] + u * dice.uniform(6, 10), y + 2.2 * u)
    view.draw.rounded_rectangle(button, u * dice.uniform(0, 1), view.theme.accent)
    view.text((button[0] + u, y + 0.5 * u), wording.word(dice), _ink(view.theme.accent))


def _code(view: View, box: Box) -> None:
    dice, u, y = view.dice, view.unit, box[1] + 0.4 * view.unit
    dark = dice.random() < 0.6
    view.draw.rectangle(box, grey(int(dice.integers(0, 50))) if dark else _fill(view))
    inks = [colour_of(dice, *((110, 255) if dark else (0, 170))) for _ in range(3)]
    while y < box[3] - 1.3 * u:
        x = box[0] + u * (0.5 + 1.5 * int(dice.integers(0, 4)))
        text = view.fitted((box[2] - x) * dice.uniform(0.1, 0.7), 0.85)
        view.draw.text((x, y), text, inks[int(dice.integers(3))], view.font(0.85, mono=True))
        y += 1.3 * u


def _days(view: View, box: Box) -> None:
    """A month of days, or keys."""
    dice = view.dice
    columns, rows = int(dice.integers(3, 8)), int(dice.integers(3, 7))
    wide, high = (box[2] - box[0]) / columns, (box[3] - box[1]) / rows
    for at in range(columns * rows):
        x, y = box[0] + wide * (at % columns), box[1] + high * (at // columns)
        cell = (x + 0.04 * wide, y + 0.04 * high, x + 0.96 * wide, y + 0.96 * high)
        fill = view.theme.accent if dice.random() < 0.1 else _fill(view)
        view.draw.rounded_rectangle(cell, dice.uniform(0, 8), fill, view.theme.faint)
        view.text((x + 0.15 * wide, y + 0.15 * high), str(at + 1), _ink(fill))


def _player(view: View, box: Box) -> None:
    """A picture, a line that runs, and buttons below it."""
    dice, u = view.dice, view.unit
    end = box[3] - 4 * u
    if end < box[1] + 3 * u:
        return
    view.photo((box[0], box[1], box[2], end))
    done = box[0] + (box[2] - box[0]) * dice.random()
    view.draw.line((box[0], end + u, box[2], end + u), view.theme.faint, 4)
    view.draw.line((box[0], end + u, done, end + u), view.theme.accent, 4)
    middle = (box[0] + box[2]) / 2
    for at in (-1, 0, 1):
        x = middle + 3 * u * at
        view.draw.ellipse(
            (x - 0.8 * u, end + 1.7 * u, x + 0.8 * u, end + 3.3 * u), _ink(_fill(view))
        )


def _fill(view: View) -> Colour:
    """The theme's, a shade off now and then."""
    fill = view.theme.card if view.dice.random() < 0.5 else view.theme.ground
    if view.dice.random() < 0.25:
        off = view.dice.integers(-24, 25, 3)
        fill = tuple(int(min(255, max(0, it + by))) for it, by in zip(fill, off, strict=True))  # type: ignore[assignment]
    return fill


def _ink(fill: Colour) -> Colour:
    return grey(240) if sum(fill) < 380 else grey(20)


_INSIDES: Sequence[Callable[[View, Box], None]] = (
    *(_lines, _lines, _rows, _rows, _tiles, _table),
    *(_form, _code, _days, _player),
)
