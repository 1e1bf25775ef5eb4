"""Screens of phones."""

from __future__ import annotations

from PIL import Image

from scripts.mini.drawn import wording
from scripts.mini.drawn.view import View, colour_of, grey


def chat(view: View) -> None:
    dice, u = view.dice, view.unit
    y = 0.0
    if dice.random() < 0.75:
        y = view.title_bar(view.status_bar())
    mine = colour_of(dice, 130, 255) if dice.random() < 0.5 else view.theme.accent
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
            colour = grey(245) if dark else grey(20)
            view.text((x + 0.8 * u, y + u * (0.4 + 1.5 * line)), view.fitted(wide - 2 * u), colour)
        y += high + u * dice.uniform(0.3, 1.6)
    if end < view.h:
        view.draw.rectangle((0, end, view.w, view.h), view.theme.card)
        view.draw.rounded_rectangle(
            (u, end + 0.5 * u, view.w - 4 * u, view.h - 0.5 * u), u, outline=view.theme.faint
        )
        view.draw.ellipse((view.w - 3 * u, end + 0.5 * u, view.w - u, end + 2.5 * u), mine)


def settings(view: View) -> None:
    dice, u = view.dice, view.unit
    y = view.title_bar(view.status_bar())
    step = dice.uniform(3, 5) * u
    while y < view.h - step:
        if dice.random() < 0.2:
            view.text((u, y + u), view.fitted(view.w * 0.4, 0.8).upper(), view.theme.accent, 0.8)
        else:
            view.draw.rectangle((0, y, view.w, y + step - 1), view.theme.card)
            icon = (u, y + u, 3 * u, y + 3 * u)
            view.draw.rounded_rectangle(icon, u * 0.5, colour_of(dice, 40, 230))
            view.text((4 * u, y + 0.7 * u), view.fitted(view.w * 0.5))
            view.text((4 * u, y + 2 * u), view.fitted(view.w * 0.6, 0.75), view.theme.faint, 0.75)
            if dice.random() < 0.5:
                on = dice.random() < 0.5
                box = (view.w - 5 * u, y + u, view.w - 2 * u, y + 2.5 * u)
                fill = view.theme.accent if on else view.theme.faint
                view.draw.rounded_rectangle(box, 0.75 * u, fill)
        y += step


def feed(view: View) -> None:
    dice, u = view.dice, view.unit
    y, end = view.title_bar(view.status_bar()), view.tab_bar()
    while y < end - 4 * u:
        view.draw.ellipse((u, y + 0.5 * u, 3.5 * u, y + 3 * u), colour_of(dice, 60, 220))
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


def cards(view: View) -> None:
    """A title, a field to search in, and what was found."""
    dice, u = view.dice, view.unit
    view.text((1.5 * u, 2 * u), wording.words(dice, 1, 2), size=2.2)
    view.draw.rounded_rectangle((1.5 * u, 5.5 * u, view.w - 1.5 * u, 8 * u), u, view.theme.card)
    view.text((3 * u, 6.1 * u), "Search", view.theme.faint)
    step, y = dice.uniform(4, 6.5) * u, 9 * u
    while y < view.h - step:
        box = (1.5 * u, y, view.w - 1.5 * u, y + 0.9 * step)
        view.draw.rounded_rectangle(box, dice.uniform(0, 1) * u, view.theme.card)
        icon = (2.2 * u, y + 0.15 * step, 2.2 * u + 0.6 * step, y + 0.75 * step)
        view.draw.rectangle(icon, colour_of(dice, 30, 240))
        x = 3 * u + 0.6 * step
        view.text((x, y + 0.15 * step), view.fitted(view.w * 0.4))
        view.text((x, y + 0.5 * step), view.fitted(view.w * 0.5, 0.8), view.theme.faint, 0.8)
        y += step


def lock(view: View) -> None:
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
                view.draw.rounded_rectangle(box, side * 0.14, colour_of(dice, 20, 255))
                inner = (x + 0.18 * side, y + 0.18 * side, x + 0.42 * side, y + 0.42 * side)
                view.draw.ellipse(inner, grey(255))
                view.text((x, y + 0.65 * side), wording.word(dice), size=0.7)
        y += 1.1 * side


def dialog(view: View) -> None:
    dice, u = view.dice, view.unit
    settings(view)
    if dice.random() < 0.5:
        view.picture.paste(Image.eval(view.picture, lambda value: value // 2))
    top = view.h * dice.uniform(0.25, 0.5)
    box = (2 * u, top, view.w - 2 * u, top + 11 * u)
    view.draw.rounded_rectangle(box, u, view.theme.card)
    view.text((4 * u, top + u), wording.words(dice, 2, 3), size=1.3)
    for line in range(3):
        view.text((4 * u, top + u * (3.4 + 1.6 * line)), view.fitted(view.w - 9 * u))
    view.text((view.w - 8 * u, top + 9 * u), "OK", view.theme.accent, 1.1)
