"""Any pixels a decoder gives, to RGB of 8 bits in sRGB on white; faithfully, or refused."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from PIL import Image

from framed.imaging.icc import Profile, profile_of
from framed.imaging.refusals import unsupported_mode
from framed.imaging.tiff import grey_range
from framed.photo import Pixels

BACKGROUND = (255, 255, 255)  # what shows through where a picture is transparent

_DEEP_GREYS = {"I", "I;16", "I;16L", "I;16B", "I;16N"}
_PREMULTIPLIED = {"RGBa": "RGBA", "La": "LA"}
_SHALLOW = {"1", "L", "LA", "P", "PA", "RGB", "RGBX", "RGBA", "CMYK", "YCbCr"}

Done = tuple[str, ...]


class ToSrgb:
    """The way of one loaded picture's pixels to sRGB, for the whole of it or part by part.

    What concerns the whole picture (the range of its greys, its profile) is read once, so that each
    part comes out as it would in the whole.
    """

    def __init__(self, image: Image.Image) -> None:
        self._image = image
        self._profiles: dict[str, Profile | None] = {}

    def __call__(self, part: Image.Image) -> tuple[Image.Image, Done]:
        """A part of the picture as mode "RGB", and the names of the steps taken, in their order.

        16-bit greys are scaled by 1/257 ("grey16"), palettes looked up ("palette"), an ICC profile
        that differs from sRGB converted ("icc"; a broken one counts as none), CMYK converted
        ("cmyk"), transparency laid over white ("alpha").
        Raises `FramedError` `unsupported_mode` for float, Lab and greys beyond 16 bits.
        """
        part, deep = self._to_8_bits(part)
        colours, alpha, looked_up = _split(part)
        rgb, converted = self._convert(colours)
        flat, laid = _on_background(rgb, alpha)
        return flat, deep + looked_up + converted + laid

    def _to_8_bits(self, part: Image.Image) -> tuple[Image.Image, Done]:
        if part.mode in _DEEP_GREYS:
            return self._scale_deep_grey(part), ("grey16",)
        if part.mode in _PREMULTIPLIED:
            return part.convert(_PREMULTIPLIED[part.mode]), ()
        if part.mode not in _SHALLOW:
            raise unsupported_mode(f"of the kind {part.mode!r}")
        return part, ()

    def _scale_deep_grey(self, part: Image.Image) -> Image.Image:
        values = np.asarray(part)
        if values.dtype.itemsize > 2 and (values.min() < 0 or values.max() > 65535):
            raise unsupported_mode("greys of more than 16 bits")
        grey = Image.fromarray(self._levels[values])
        clear = part.info.get("transparency")
        if isinstance(clear, int):
            grey.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
        return grey

    @cached_property
    def _levels(self) -> Pixels:
        """The 8-bit level of each 16-bit value."""
        black, white = grey_range(self._image)
        ramp = (np.arange(65536, dtype=np.float64) - black) * 255 / (white - black)
        return np.clip(np.rint(ramp), 0, 255).astype(np.uint8)

    def _convert(self, colours: Image.Image) -> tuple[Image.Image, Done]:
        cmyk = ("cmyk",) if colours.mode == "CMYK" else ()
        profile = self._profile(colours.mode)
        managed = profile.apply(colours) if profile else None
        if managed is not None:
            return managed, ("icc", *cmyk)
        return colours.convert("RGB"), cmyk

    def _profile(self, mode: str) -> Profile | None:
        if mode not in self._profiles:
            self._profiles[mode] = profile_of(self._image.info.get("icc_profile"), mode)
        return self._profiles[mode]


def to_srgb(image: Image.Image) -> tuple[Image.Image, Done]:
    """The whole of a loaded picture by `ToSrgb`."""
    return ToSrgb(image)(image)


def _split(image: Image.Image) -> tuple[Image.Image, Image.Image | None, Done]:
    """The opaque colours (L, RGB or CMYK), the alpha channel if there is one, and what was done."""
    looked_up = ("palette",) if image.mode in ("P", "PA") else ()
    if not image.has_transparency_data:
        return _opaque(image), None, looked_up
    if image.mode == "LA":
        return image.getchannel("L"), image.getchannel("A"), looked_up
    rgba = image.convert("RGBA")
    return rgba.convert("RGB"), rgba.getchannel("A"), looked_up


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _on_background(rgb: Image.Image, alpha: Image.Image | None) -> tuple[Image.Image, Done]:
    if alpha is None or alpha.getextrema() == (255, 255):
        return rgb, ()
    page = Image.new("RGB", rgb.size, BACKGROUND)
    page.paste(rgb, mask=alpha)
    return page, ("alpha",)
