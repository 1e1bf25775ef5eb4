"""Small good pictures of every format, and those beside the repository where they are."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import pillow_heif
from PIL import Image

SIZE = (80, 56)
LARGEST = 60_000  # bytes of a picture from elsewhere: mutations cost time, not size
_SAVED: dict[str, dict[str, object]] = {
    "jpeg": {"format": "JPEG", "quality": 80},
    "progressive": {"format": "JPEG", "progressive": True},
    "grey jpeg": {"format": "JPEG", "mode": "L"},
    "cmyk jpeg": {"format": "JPEG", "mode": "CMYK"},
    "png": {"format": "PNG"},
    "palette png": {"format": "PNG", "mode": "P"},
    "alpha png": {"format": "PNG", "mode": "RGBA"},
    "grey16 png": {"format": "PNG", "mode": "I;16"},
    "gif": {"format": "GIF", "mode": "P"},
    "bmp": {"format": "BMP"},
    "webp": {"format": "WEBP", "quality": 70},
    "lossless webp": {"format": "WEBP", "lossless": True},
    "tiff": {"format": "TIFF"},
    "lzw tiff": {"format": "TIFF", "compression": "tiff_lzw"},
    "deflate tiff": {"format": "TIFF", "compression": "tiff_adobe_deflate"},
    "heic": {"format": "HEIF"},
    "avif": {"format": "AVIF"},
}


@cache
def pictures() -> dict[str, bytes]:
    """Name -> bytes of a picture that is answered as it stands."""
    pillow_heif.register_heif_opener()
    return {name: _saved(dict(options)) for name, options in _SAVED.items()}


@cache
def odd_pictures(folder: Path) -> dict[str, bytes]:
    """The small files of `folder`; none where it is not there."""
    if not folder.is_dir():
        return {}
    files = sorted(each for each in folder.iterdir() if each.is_file())
    return {each.name: each.read_bytes() for each in files if 0 < each.stat().st_size <= LARGEST}


def _saved(options: dict[str, object]) -> bytes:
    file = io.BytesIO()
    _scene(str(options.pop("mode", "RGB"))).save(file, **options)  # type: ignore[arg-type]
    return file.getvalue()


def _scene(mode: str) -> Image.Image:
    across = Image.linear_gradient("L").resize(SIZE)
    round_ = Image.radial_gradient("L").resize(SIZE)
    scene = Image.merge("RGB", (across, round_, across.transpose(Image.Transpose.ROTATE_180)))
    if mode == "I;16":
        return across.convert("I;16")
    return scene.convert(mode)
