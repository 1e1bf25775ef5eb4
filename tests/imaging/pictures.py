"""Pictures for the imaging tests: a drawn scene in every encoding, and the shared ones."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image

DATA = Path(__file__).parents[3] / "shared" / "data"
ODD = DATA / "odd"
ORIENTATION = DATA / "orientation"
PHOTOS = DATA / "photos"


def scene(width: int = 96, height: int = 64, seed: int = 7) -> Image.Image:
    """A colourful picture without symmetry: gradients, a disc, a little grain."""
    y, x = np.mgrid[0:height, 0:width]
    disc = np.hypot(x - width / 3, y - height / 4) < min(width, height) / 5
    red, green = 255 * x / width, 255 * y / height
    planes = [np.where(disc, 230, red), np.where(disc, 60, green), (red + 2 * green) / 3]
    grain = np.random.default_rng(seed).normal(0, 3, (height, width, 3))
    return Image.fromarray(np.clip(np.stack(planes, -1) + grain, 0, 255).astype(np.uint8))


def encoded(picture: Image.Image, format: str, **options: Any) -> bytes:
    """The picture as a file of Pillow's `format`, or of HEIC."""
    if format == "HEIC":
        import pillow_heif

        file = BytesIO()
        pillow_heif.from_pillow(picture).save(file, **options)
        return file.getvalue()
    file = BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def many_scans(scans: int) -> bytes:
    """A progressive JPEG of 16 x 16 pixels whose last scan comes again until there are `scans`."""
    data = encoded(scene(16, 16), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * (scans - data.count(b"\xff\xda") + 1) + data[-2:]


def exif(orientation: int) -> bytes:
    """An EXIF block that holds nothing but an orientation."""
    block = Image.Exif()
    block[ExifTags.Base.Orientation] = orientation
    return block.tobytes()


def manifest(folder: Path) -> list[dict[str, Any]]:
    """The rows of a folder's manifest; none where the folder is absent."""
    file = folder / "manifest.jsonl"
    return [json.loads(line) for line in file.open()] if file.exists() else []


def distance(a: Any, b: Any) -> float:
    """The mean absolute difference of two pictures, in levels."""
    return float(np.abs(np.asarray(a, np.int16) - np.asarray(b, np.int16)).mean())
