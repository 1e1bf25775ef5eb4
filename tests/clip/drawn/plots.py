"""Charts, maps, and frames in which there is nothing."""

from __future__ import annotations

from random import Random

from PIL import Image, ImageDraw

from tests.clip.drawn.paper import font, words

Picture = Image.Image
Pen = ImageDraw.ImageDraw


def chart(dice: Random) -> Picture:
    """Stacked bars, lines with dots, a ring, or points."""
    picture = Image.new("RGB", (760, 540), dice.choice(["white", (250, 250, 245)]))
    pen = ImageDraw.Draw(picture)
    pen.text((200, 18), words(dice, 3).title(), "black", font(28))
    draw = dice.choice((_stacks, _courses, _ring, _cloud))
    if draw is not _ring:
        for at in range(6):
            y = 460 - at * 74
            pen.line((80, y, 720, y), (205, 205, 205))
            pen.text((30, y - 12), str(at * 25), "black", font(20))
            pen.text((100 + at * 105, 470), words(dice, 1)[:7], "black", font(20))
        pen.line((80, 80, 80, 460, 720, 460), "black", 2)
    draw(pen, dice)
    return picture


def street_map(dice: Random) -> Picture:
    """Roads that run from a square, blocks between them; an island; or a hiking map."""
    picture = Image.new("RGB", (700, 700), (238, 234, 226))
    dice.choice((_town, _island, _hills))(ImageDraw.Draw(picture), dice)
    return picture


def black_frame(dice: Random) -> Picture:
    """With the noise of a sensor, or none."""
    return _noisy(dice, dice.randint(0, 14))


def white_frame(dice: Random) -> Picture:
    """As `black_frame`."""
    return _noisy(dice, dice.randint(242, 255))


def _noisy(dice: Random, level: int) -> Picture:
    size = dice.choice([(640, 480), (480, 640), (800, 450)])
    grain = Image.effect_noise(size, 8).point(lambda value: value - 128 + level)
    plain = Image.new("L", size, level)
    return Image.blend(plain, grain, dice.choice([0, 0.3, 0.6])).convert("RGB")


def _stacks(pen: Pen, dice: Random) -> None:
    colours = [_any(dice) for _ in range(3)]
    for at in range(dice.randint(5, 9)):
        y = 460.0
        for colour in colours:
            high = dice.uniform(20, 110)
            pen.rectangle((100 + at * 68, y - high, 145 + at * 68, y), colour)
            y -= high


def _courses(pen: Pen, dice: Random) -> None:
    for _ in range(dice.randint(1, 4)):
        colour, y, points = _any(dice), dice.uniform(150, 400), []
        for at in range(13):
            y = min(440, max(90, y + dice.uniform(-45, 45)))
            points.append((95 + at * 50, y))
        pen.line(points, colour, 4)
        for x, y in points:
            pen.ellipse((x - 6, y - 6, x + 6, y + 6), colour)


def _ring(pen: Pen, dice: Random) -> None:
    start = 0.0
    for at in range(5):
        end = 360.0 if at == 4 else start + dice.uniform(30, 90)
        colour = _any(dice)
        pen.pieslice((90, 90, 470, 470), start, end, colour)
        pen.rectangle((520, 130 + at * 50, 548, 158 + at * 50), colour)
        pen.text((560, 130 + at * 50), words(dice, 1), "black", font(24))
        start = end
    pen.ellipse((190, 190, 370, 370), "white")


def _cloud(pen: Pen, dice: Random) -> None:
    for _ in range(2):
        colour, slope = _any(dice), dice.uniform(-0.4, 0.4)
        for _ in range(70):
            x = dice.uniform(90, 700)
            y = 270 + slope * (x - 400) + dice.gauss(0, 45)
            pen.ellipse((x - 5, y - 5, x + 5, y + 5), colour)


def _town(pen: Pen, dice: Random) -> None:
    for _ in range(3):
        x, y = dice.randint(0, 600), dice.randint(0, 600)
        pen.ellipse((x, y, x + 170, y + 130), (190, 222, 170))
    for at in range(-3, 12):
        shift = dice.randint(-8, 8)
        for colour, wide in (((200, 196, 190), 14), ((255, 255, 255), 10)):
            pen.line((at * 70 + shift, 0, at * 70 + shift + 120, 700), colour, wide)
            pen.line((0, at * 70 - shift, 700, at * 70 - shift - 90), colour, wide)
    for colour, wide in (((190, 150, 90), 26), ((253, 210, 120), 20)):
        pen.line((0, 520, 300, 420, 700, 160), colour, wide, joint="curve")
    pen.line((0, 120, 200, 210, 420, 180, 700, 330), (160, 205, 235), 34, joint="curve")
    for _ in range(12):
        spot = dice.randint(0, 600), dice.randint(0, 680)
        pen.text(spot, words(dice, 1).title() + " St", (80, 80, 80), font(18))


def _island(pen: Pen, dice: Random) -> None:
    pen.rectangle((0, 0, 700, 700), (160, 205, 235))
    for _ in range(14):
        x, y, r = dice.randint(170, 480), dice.randint(170, 480), dice.randint(50, 120)
        pen.ellipse((x - r, y - r, x + r, y + r), (238, 232, 205))
    for _ in range(6):
        ends = [dice.randint(180, 500) for _ in range(6)]
        pen.line(ends, dice.choice([(220, 120, 90), (150, 150, 150)]), 4, joint="curve")
    for _ in range(9):
        x, y = dice.randint(150, 480), dice.randint(150, 500)
        pen.ellipse((x - 5, y - 5, x + 5, y + 5), (60, 60, 60))
        pen.text((x + 8, y - 10), words(dice, 1).title(), (40, 40, 40), font(20))


def _hills(pen: Pen, dice: Random) -> None:
    pen.rectangle((0, 0, 700, 700), (222, 234, 205))
    for _ in range(5):
        x, y = dice.randint(80, 620), dice.randint(80, 620)
        for ring in range(12, 0, -1):
            wide, high = ring * 17, ring * 12
            pen.ellipse((x - wide, y - high, x + wide, y + high), None, (176, 130, 90), 2)
    for colour in ((210, 50, 50), (60, 110, 200)):
        pen.line([dice.randint(0, 700) for _ in range(10)], colour, 4, joint="curve")
    for _ in range(10):
        spot = dice.randint(0, 600), dice.randint(0, 680)
        name = f"{words(dice, 1).title()} {dice.randint(300, 2400)}"
        pen.text(spot, name, (60, 50, 40), font(18))


def _any(dice: Random) -> tuple[int, int, int]:
    return dice.randint(20, 220), dice.randint(20, 220), dice.randint(20, 220)
