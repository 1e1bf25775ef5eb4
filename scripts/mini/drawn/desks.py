"""Screens of desks."""

from __future__ import annotations

from scripts.mini.drawn import wording
from scripts.mini.drawn.view import View, colour_of, grey, window


def browser(view: View) -> None:
    dice, u = view.dice, view.unit
    y = 0.0
    if dice.random() < 0.75:
        y = window(view, (0, 0, view.w, view.h), view.theme.ground)
        view.draw.rounded_rectangle(
            (5 * u, y + 0.3 * u, view.w - 5 * u, y + 1.7 * u), u, view.theme.card, view.theme.faint
        )
        view.text(
            (6 * u, y + 0.4 * u), f"www.{wording.word(dice)}.com/{wording.word(dice)}", size=0.8
        )
        y += 2.2 * u
    view.draw.rectangle((0, y, view.w, y + 2.5 * u), view.theme.accent)
    for at in range(int(dice.integers(3, 7))):
        view.text((u * (1 + 5 * at), y + 0.7 * u), wording.word(dice).capitalize(), grey(255))
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


def sheet(view: View) -> None:
    dice, u = view.dice, view.unit
    y = window(view, (0, 0, view.w, view.h), view.theme.ground)
    view.draw.rectangle((0, y, view.w, y + 3 * u), view.theme.card)
    for at in range(18):
        x = u * (1 + 1.8 * at)
        view.draw.rectangle((x, y + u, x + u, y + 2 * u), colour_of(dice, 60, 230))
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


def editor(view: View) -> None:
    dice, u = view.dice, view.unit
    y = window(view, (0, 0, view.w, view.h), view.theme.ground) + 0.5 * u
    side = view.w * dice.uniform(0.12, 0.25) if dice.random() < 0.6 else 0
    if side:
        view.draw.rectangle((0, y, side, view.h), view.theme.card)
        for at in range(int((view.h - y) / (1.5 * u))):
            if dice.random() < 0.7:
                view.text((u, y + 1.5 * u * at), f"{wording.word(dice)}.py", view.theme.faint, 0.85)
    colours = [
        colour_of(dice, 90, 255) if sum(view.theme.ground) < 300 else colour_of(dice, 0, 170)
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


def terminal(view: View) -> None:
    dice, u = view.dice, view.unit
    dark = dice.random() < 0.8
    fill = (int(dice.integers(0, 45)),) * 3 if dark else grey(250)
    y = window(view, (0, 0, view.w, view.h), fill) + 0.3 * u
    ink = colour_of(dice, 150, 255) if dark else grey(20)
    while y < view.h - u:
        text = ("$ " if dice.random() < 0.3 else "") + view.fitted(view.w * dice.uniform(0.1, 0.95))
        view.draw.text((0.5 * u, y), text, ink, view.font(0.9, mono=True))
        y += 1.3 * u
        if dice.random() < 0.02:
            return


def desktop(view: View) -> None:
    dice, u = view.dice, view.unit
    if dice.random() < 0.5:
        view.photo((0, 0, view.w, view.h))
    else:
        view.draw.rectangle((0, 0, view.w, view.h), colour_of(dice, 0, 200))
    for at in range(int(dice.integers(2, 7))):
        box = (u, u * (1 + 4 * at), 3 * u, u * (3 + 4 * at))
        view.draw.rounded_rectangle(box, 4, colour_of(dice, 60, 255))
        view.text((u, u * (3.1 + 4 * at)), wording.word(dice), grey(255), 0.7)
    for _ in range(int(dice.integers(1, 4))):
        left, top = view.w * dice.uniform(0.05, 0.4), view.h * dice.uniform(0.03, 0.4)
        box = (
            left,
            top,
            left + view.w * dice.uniform(0.35, 0.6),
            top + view.h * dice.uniform(0.35, 0.6),
        )
        y = window(view, box, view.theme.ground) + 0.5 * u
        while y < box[3] - 1.5 * u:
            view.text((left + u, y), view.fitted(box[2] - left - 3 * u))
            y += 1.6 * u
    view.draw.rectangle((0, view.h - 2.2 * u, view.w, view.h), view.theme.card)
    for at in range(int(dice.integers(4, 12))):
        x = u * (1 + 2.2 * at)
        view.draw.rectangle(
            (x, view.h - 1.8 * u, x + 1.4 * u, view.h - 0.4 * u), colour_of(dice, 40, 240)
        )


def files(view: View) -> None:
    """A window of files over a plain desktop, or over all of the screen."""
    dice, u = view.dice, view.unit
    view.draw.rectangle((0, 0, view.w, view.h), colour_of(dice, 0, 255))
    edge = dice.uniform(0, 0.12, 4) * (dice.random() < 0.85)
    left, right = view.w * edge[0], view.w * (1 - edge[1])
    box = (left, view.h * edge[2], right, view.h * (0.95 - edge[3]))
    y = window(view, box, view.theme.ground) + 0.6 * u
    side = left + (right - left) * dice.uniform(0.12, 0.3)
    step = dice.uniform(1.5, 2.4) * u
    while y < box[3] - step:
        if dice.random() < 0.8:
            view.text((left + 0.6 * u, y), wording.word(dice).capitalize(), size=0.9)
        icon = (side, y + 0.1 * u, side + u, y + 1.1 * u)
        view.draw.rectangle(
            icon, (240, 200, 90) if dice.random() < 0.6 else colour_of(dice, 80, 240)
        )
        view.text((side + 1.6 * u, y), wording.words(dice, 1, 3), size=0.9)
        view.text((side + (right - side) * 0.5, y), wording.date(dice), view.theme.faint, 0.9)
        view.text((side + (right - side) * 0.8, y), f"{int(dice.integers(1, 900))} KB", size=0.9)
        y += step
    bar = (0, view.h * 0.955, view.w, view.h)
    view.draw.rectangle(bar, view.theme.card)


def mail(view: View) -> None:
    dice, u = view.dice, view.unit
    y = window(view, (0, 0, view.w, view.h), view.theme.ground)
    first, second = view.w * dice.uniform(0.1, 0.2), view.w * dice.uniform(0.32, 0.5)
    view.draw.rectangle((0, y, first, view.h), view.theme.accent)
    for at in range(9):
        view.text((0.5 * u, y + (1 + 2 * at) * u), wording.word(dice).capitalize(), grey(255))
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


def dashboard(view: View) -> None:
    dice, u = view.dice, view.unit
    y = window(view, (0, 0, view.w, view.h), view.theme.ground)
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
