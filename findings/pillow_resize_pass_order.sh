#!/usr/bin/env bash
# Pillow 13.0.0, numpy 2.4.6: in which order `Image.resize` makes its two passes.
# Guess before the run: across first and then down, always, as its sources had it for years; so a
# box of a picture gives what the picture cut to that box gives, but for what lies around its edges.
# Seen: down first where the height shrinks by more than twice the pixels that the width shrinks by
# (may it shrink or grow), across first otherwise. The whole picture's size decides, not the
# box's. Levels are rounded and clipped to 0..255 between the passes, so the same pixels of a box
# give other levels in a taller picture: up to tens of levels for noise, one or two in photos.
# Model squares that were cut before the resize and those cut by `box` differ by that.
# Exits 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PY'
import sys

import numpy as np
import PIL
from PIL import Image

BICUBIC = Image.Resampling.BICUBIC
dice = np.random.default_rng(1)


def noise(width, height):
    return Image.fromarray(dice.integers(0, 2, (height, width, 3), dtype=np.uint8) * 255)


def in_two(picture, size, down_first):
    (width, height), (new_width, new_height) = picture.size, size
    between = (width, new_height) if down_first else (new_width, height)
    return picture.resize(between, BICUBIC).resize(size, BICUBIC)


def levels_apart(one, other):
    return int(np.abs(np.asarray(one).astype(int) - np.asarray(other)).max())


agree = True
for size in ((56, 56), (56, 30), (30, 56)):
    for width in (60, 80, 100):
        turn = size[1] + 1 + max(0, 2 * (width - size[0]))
        for height in (turn - 1, turn):
            if height <= size[1]:
                continue
            picture = noise(width, height)
            got = picture.resize(size, BICUBIC)
            down_first = height - size[1] > 2 * (width - size[0])
            same = levels_apart(got, in_two(picture, size, down_first))
            other = levels_apart(got, in_two(picture, size, not down_first))
            agree &= same == 0 and other > 5
print("the order follows the sizes as said:", agree)

part = noise(70, 70)
tall = Image.new("RGB", (70, 400))
tall.paste(part, (0, 0))
apart = levels_apart(tall.resize((56, 56), BICUBIC, (0, 0, 70, 70)), part.resize((56, 56), BICUBIC))
# rows that only the taller picture has reach into the last two target rows at most
inner = np.abs(
    np.asarray(tall.resize((56, 56), BICUBIC, (0, 0, 70, 70))).astype(int)[:52]
    - np.asarray(part.resize((56, 56), BICUBIC))[:52]
)
print("Pillow", PIL.__version__, "levels between a box and the same part by itself:", inner.max())
sys.exit(not (agree and inner.max() > 5))
PY
