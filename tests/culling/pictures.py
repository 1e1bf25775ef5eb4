"""Pictures that are alike and are not: samples, their copies and bursts, pages, chats, frames."""

from __future__ import annotations

import io
import random
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from framed.culling.shot import Shot
from framed.imaging.prepare import prepare
from framed.photo import DecodeSpec, ViewSpec

SAMPLES = Path(__file__).resolve().parents[2] / "docs" / "samples"
NAMES = ("cat", "coffee", "pier_sunset")
_WORDS = (
    *("lorem", "ipsum", "dolor", "sit", "amet", "consectetur"),
    *("adipiscing", "elit", "sed", "do", "eiusmod", "tempor"),
)
_ALIKE = np.array([1, 0], np.float32)  # to the model every one is the same: pixels must tell


@cache
def sample(name: str, side: int = 1000) -> Image.Image:
    """A sample photo with that long side."""
    image = Image.open(SAMPLES / f"{name}.jpg").convert("RGB")
    scale = side / max(image.size)
    return image.resize((round(image.width * scale), round(image.height * scale)))


def encoded(
    image: Image.Image, quality: int = 90, format: str = "JPEG", **options: object
) -> bytes:
    file = io.BytesIO()
    image.save(file, format, quality=quality, **options)
    return file.getvalue()


def shot(index: int, data: bytes, *, brisque: float = 0.5, bordered: bool = False) -> Shot:
    """As a photo of that file's bytes comes to be compared."""
    spec = DecodeSpec(min_short_side=672, min_long_side=2048)
    prepared = prepare(data, spec, ViewSpec(likeness=True))
    assert prepared.views.likeness is not None
    facts = prepared.facts
    return Shot(
        index=index,
        embedding=_ALIKE,
        likeness=prepared.views.likeness,
        size=facts.original_size,
        format=facts.format,
        sha256=facts.sha256,
        sharpness_local=0.5,
        exposure=0.7,
        brisque=brisque,
        bordered=bordered,
    )


def shots(images: list[Image.Image], format: str = "PNG") -> list[Shot]:
    return [shot(index, encoded(each, format=format)) for index, each in enumerate(images)]


def framed(
    image: Image.Image,
    shift: tuple[float, float] = (0, 0),
    turned: float = 0,
    nearer: float = 1,
    blurred: float = 0,
    noise: float = 0,
) -> Image.Image:
    """The middle of a scene as a hand holds the camera; shifts are shares of the sides."""
    width, height = image.size
    size = int(width * 0.8), int(height * 0.8)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turned, nearer)
    matrix[:, 2] += (size[0] - width) / 2 + shift[0] * size[0], (size[1] - height) / 2
    matrix[1, 2] += shift[1] * size[1]
    pixels = cv2.warpAffine(np.asarray(image), matrix, size, flags=cv2.INTER_CUBIC)
    return spoilt(Image.fromarray(pixels), blurred, noise)


def spoilt(image: Image.Image, blurred: float, noise: float, seed: int = 0) -> Image.Image:
    """Out of focus by a Gaussian of so many pixels, then noisy by so many grey levels."""
    soft = image.filter(ImageFilter.GaussianBlur(blurred)) if blurred else image
    grain = np.random.default_rng(seed).normal(0, noise, (*image.size[::-1], 3))
    return Image.fromarray(np.clip(np.asarray(soft) + grain, 0, 255).astype(np.uint8))


def page(seed: int) -> Image.Image:
    """A page of a letter: always the same lines, never the same words."""
    chance, image = random.Random(seed), Image.new("RGB", (620, 877), "white")
    draw = ImageDraw.Draw(image)
    for line in range(38):
        _write(draw, chance, (50, 60 + line * 20), chance.randint(6, 10), 13)
    return image


def chat(seed: int, *, dark: bool) -> Image.Image:
    """Messages in the same bubbles at the same places."""
    ground, ink = ((20, 24, 28), "white") if dark else ((245, 245, 245), "black")
    chance, image = random.Random(seed), Image.new("RGB", (540, 1170), ground)
    draw = ImageDraw.Draw(image)
    for row in range(11):
        left, top = 20 if row % 2 else 150, 50 + row * 98
        fill = (0, 92, 75) if dark else (200, 230, 200)
        draw.rounded_rectangle((left, top, left + 370, top + 75), 15, fill=fill)
        for line in range(2):
            _write(draw, chance, (left + 20, top + 12 + line * 28), 4, 18, ink)
    return image


def form(seed: int) -> Image.Image:
    """One letterhead and the same questions, two of the answers others."""
    chance, same, image = (
        random.Random(seed),
        random.Random(0),
        Image.new("RGB", (620, 877), "white"),
    )
    draw, others = ImageDraw.Draw(image), chance.sample(range(18), 2)
    draw.rectangle((40, 30, 580, 100), fill=(20, 60, 140))
    for row in range(18):
        top = 130 + row * 39
        _write(draw, same, (45, top), 1, 14)
        draw.rectangle((210, top - 4, 575, top + 23), outline="black")
        _write(draw, chance if row in others else same, (220, top), 3, 15)
    return image


def table(seed: int) -> Image.Image:
    """A sheet of numbers between rules."""
    chance, image = random.Random(seed), Image.new("RGB", (700, 450), "white")
    draw = ImageDraw.Draw(image)
    for row in range(22):
        draw.line((0, row * 20, 700, row * 20), fill=(200, 200, 200))
        for column in range(10):
            place = (column * 70 + 10, row * 20 + 3)
            draw.text(place, str(chance.randint(1, 99999)), fill="black", font=_font(12))
    return image


def plain(seed: int) -> Image.Image:
    """A dark frame, a wall, a sky: nothing but a little noise."""
    chance = np.random.default_rng(seed)
    level = (4, 128, 240)[seed % 3]
    grain = chance.normal(level, 3 + seed % 4, (240, 320, 3))
    return Image.fromarray(np.clip(grain, 0, 255).astype(np.uint8))


def _write(
    draw: ImageDraw.ImageDraw,
    chance: random.Random,
    place: tuple[int, int],
    words: int,
    size: int,
    ink: str = "black",
) -> None:
    draw.text(place, " ".join(chance.choices(_WORDS, k=words)), fill=ink, font=_font(size))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
