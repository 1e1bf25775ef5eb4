"""Pages and receipts, as scans and as a camera sees them."""

from __future__ import annotations

from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

Picture = Image.Image

TEXT = (
    "lorem ipsum dolor sit amet consetetur sadipscing elitr sed diam nonumy eirmod tempor invidunt "
    "ut labore et dolore magna aliquyam erat voluptua at vero eos accusam justo duo dolores rebum"
)
WORDS = TEXT.split()


def font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own."""
    return ImageFont.load_default(size=int(size))


def words(dice: Random, count: int) -> str:
    """So many words."""
    return " ".join(dice.choices(WORDS, k=count))


def document(dice: Random) -> Picture:
    """A letter, minutes with headings, a form or a table; every third on a desk."""
    picture = Image.new("RGB", (800, 1100), (255, 255, dice.choice([255, 250, 238])))
    pen, size = ImageDraw.Draw(picture), dice.randint(15, 24)
    dice.choice((_letter, _minutes, _form, _table))(pen, dice, size)
    return on_desk(picture, dice) if dice.random() < 0.33 else picture


def receipt(dice: Random) -> Picture:
    """Some items between a head and a sum; every other one on a desk."""
    count, size = dice.randint(4, 16), 22
    slip = Image.new("RGB", (340, (count + 10) * 30), (250, 250, 246))
    pen = ImageDraw.Draw(slip)
    pen.text((70, 20), f"{words(dice, 1).upper()} MARKET", "black", font(26))
    date = f"{dice.randint(1, 28)}/{dice.randint(1, 12)}/2024  12:41"
    pen.text((60, 60), date, "black", font(18))
    y = 110
    for name in (*(words(dice, 1) for _ in range(count)), "-" * 34, "SUM", "CARD"):
        pen.text((24, y), name.upper(), "black", font(size))
        if not name.startswith("-"):
            pen.text((250, y), f"{dice.uniform(0.5, 60):.2f}", "black", font(size))
        y += 30
    pen.text((70, y + 30), "* * THANKS * *", "black", font(size))
    return on_desk(slip, dice) if dice.random() < 0.5 else slip


def on_desk(paper: Picture, dice: Random) -> Picture:
    """A little turned and lit from above, with its shadow on brown, grey or green."""
    paper.thumbnail((760, 760))
    grain = Image.effect_noise((800, 800), dice.uniform(4, 20))
    desk = Image.merge("RGB", [grain] * 3)
    tint = Image.new("RGB", desk.size, dice.choice([(110, 75, 45), (70, 75, 80), (60, 85, 60)]))
    desk = Image.blend(desk, tint, 0.85)
    angle = dice.uniform(-15, 15)
    turned = paper.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    mask = Image.new("L", paper.size, 255).rotate(angle, expand=True)
    place = (800 - turned.width) // 2, (800 - turned.height) // 2
    desk.paste((25, 20, 15), (place[0] + 8, place[1] + 10), mask.filter(ImageFilter.BoxBlur(8)))
    desk.paste(turned, place, mask)
    light = Image.linear_gradient("L").resize(desk.size).point(lambda value: 175 + value // 4)
    return Image.composite(desk, Image.new("RGB", desk.size), light)


def _letter(pen: ImageDraw.ImageDraw, dice: Random, size: int) -> None:
    pen.text((520, 90), f"{words(dice, 1)}, {dice.randint(1, 28)} May 2021", "black", font(size))
    for line in range(4):
        pen.text((90, 90 + line * size * 1.4), words(dice, 3), "black", font(size))
    _paragraphs(pen, dice, size, 90, 300)


def _minutes(pen: ImageDraw.ImageDraw, dice: Random, size: int) -> None:
    pen.text((80, 60), words(dice, 3).title(), "black", font(size * 1.8))
    for block in range(4):
        top = 150 + block * 225
        pen.text((80, top), f"{block + 1}. {words(dice, 2).title()}", "black", font(size * 1.2))
        _paragraphs(pen, dice, size, 110, top + 40, bottom=top + 190)


def _form(pen: ImageDraw.ImageDraw, dice: Random, size: int) -> None:
    pen.text((80, 60), words(dice, 2).upper(), "black", font(size * 1.6))
    for row in range(13):
        y = 140 + row * 68
        pen.text((80, y), words(dice, 1).title() + ":", "black", font(size))
        pen.rectangle((280, y - 6, 720, y + 34), outline="black")
        if dice.random() < 0.5:
            pen.text((292, y), words(dice, 3), (30, 40, 110), font(size))


def _table(pen: ImageDraw.ImageDraw, dice: Random, size: int) -> None:
    pen.text((80, 60), words(dice, 4), "black", font(size * 1.3))
    for row in range(22):
        y = 130 + row * 40
        pen.line((80, y, 720, y), "black")
        for column in range(4):
            text = words(dice, 1) if column == 0 else str(dice.randint(10, 9999))
            pen.text((90 + column * 165, y + 8), text, "black", font(size))


def _paragraphs(
    pen: ImageDraw.ImageDraw, dice: Random, size: int, left: int, top: float, bottom: int = 1020
) -> None:
    y = top
    while y < bottom:
        for _ in range(dice.randint(2, 6)):
            if y < bottom:
                pen.text((left, y), words(dice, int(1100 / size / 5.5)), "black", font(size))
            y += size * 1.4
        y += size
