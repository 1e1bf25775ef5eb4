"""Photos of one colour, encoded, for tests that care what comes out and not how it was made."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from framed.photo import PhotoBytes

RED, GREEN = (220, 30, 20), (20, 200, 40)


def jpeg(colour: tuple[int, int, int] = RED, size: tuple[int, int] = (400, 300)) -> bytes:
    """A JPEG file of one colour, `size` (width, height)."""
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, "JPEG", quality=95)
    return file.getvalue()


def photo(colour: tuple[int, int, int] = RED, size: tuple[int, int] = (400, 300)) -> PhotoBytes:
    """The same as it comes from the intake."""
    return PhotoBytes(jpeg(colour, size), "upload", "a.jpg")


NO_PHOTO = PhotoBytes(b"no photo at all, but long enough to be looked at", "upload", "b.jpg")
