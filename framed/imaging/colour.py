"""Any pixels a decoder gives, to RGB of 8 bits in sRGB on white; faithfully, or refused."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

from framed.imaging.refusals import unsupported_mode
from framed.imaging.tiff import grey_range

BACKGROUND = (255, 255, 255)  # what shows through where a picture is transparent
SRGB_TOLERANCE = 2  # levels; a profile that moves no colour further counts as sRGB itself

_DEEP_GREYS = {"I", "I;16", "I;16L", "I;16B", "I;16N"}
_PREMULTIPLIED = {"RGBa": "RGBA", "La": "LA"}
_SHALLOW = {"1", "L", "LA", "P", "PA", "RGB", "RGBX", "RGBA", "CMYK", "YCbCr"}
_PROFILE_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}

Done = tuple[str, ...]


def to_srgb(image: Image.Image) -> tuple[Image.Image, Done]:
    """A loaded picture as mode "RGB", and the names of the steps taken, in their order.

    16-bit greys are scaled by 1/257 ("grey16"), palettes looked up ("palette"), an ICC profile
    that differs from sRGB converted ("icc"; a broken one counts as none), CMYK converted ("cmyk"),
    transparency laid over white ("alpha").
    Raises `FramedError` `unsupported_mode` for float, Lab and greys beyond 16 bits.
    """
    profile = image.info.get("icc_profile")
    image, deep = _to_8_bits(image)
    colours, alpha, looked_up = _split(image)
    rgb, converted = _convert(colours, profile)
    flat, laid = _on_background(rgb, alpha)
    return flat, deep + looked_up + converted + laid


def _to_8_bits(image: Image.Image) -> tuple[Image.Image, Done]:
    if image.mode in _DEEP_GREYS:
        return _scale_deep_grey(image), ("grey16",)
    if image.mode in _PREMULTIPLIED:
        return image.convert(_PREMULTIPLIED[image.mode]), ()
    if image.mode not in _SHALLOW:
        raise unsupported_mode(f"of the kind {image.mode!r}")
    return image, ()


def _scale_deep_grey(image: Image.Image) -> Image.Image:
    values = np.asarray(image)
    if values.dtype.itemsize > 2 and (values.min() < 0 or values.max() > 65535):
        raise unsupported_mode("greys of more than 16 bits")
    black, white = grey_range(image)
    ramp = (np.arange(65536, dtype=np.float64) - black) * 255 / (white - black)
    levels = np.clip(np.rint(ramp), 0, 255).astype(np.uint8)
    grey = Image.fromarray(levels[values])
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        grey.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
    return grey


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


def _convert(colours: Image.Image, profile: bytes | None) -> tuple[Image.Image, Done]:
    cmyk = ("cmyk",) if colours.mode == "CMYK" else ()
    managed = _apply_profile(colours, profile) if profile else None
    if managed is not None:
        return managed, ("icc", *cmyk)
    return colours.convert("RGB"), cmyk


def _apply_profile(colours: Image.Image, profile: bytes) -> Image.Image | None:
    """The colours in sRGB; None where the profile is broken, does not fit, or is sRGB already."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = _PROFILE_MODES.get(source.profile.xcolor_space.strip(), "")
        if not mode or (mode == "CMYK") != (colours.mode == "CMYK"):
            return None
        if mode == "L" != colours.mode:
            return None
        target = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        transform = ImageCms.buildTransform(source, target, mode, "RGB")
        if mode != "CMYK" and _changes_nothing(transform, mode):
            return None
        return ImageCms.applyTransform(colours.convert(mode), transform)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    probe = Image.fromarray(_probe_colours()).convert(mode)
    before = np.asarray(probe.convert("RGB"), dtype=np.int16)
    after = np.asarray(ImageCms.applyTransform(probe, transform), dtype=np.int16)
    return int(np.abs(after - before).max()) <= SRGB_TOLERANCE


def _probe_colours() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A 16 x 16 x 16 lattice of the colour cube, greys included, as a picture of 64 x 64."""
    levels = np.arange(0, 256, 17, dtype=np.uint8)
    return np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(64, 64, 3)


def _on_background(rgb: Image.Image, alpha: Image.Image | None) -> tuple[Image.Image, Done]:
    if alpha is None or alpha.getextrema() == (255, 255):
        return rgb, ()
    page = Image.new("RGB", rgb.size, BACKGROUND)
    page.paste(rgb, mask=alpha)
    return page, ("alpha",)
