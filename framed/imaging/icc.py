"""ICC profiles: the way from a picture's colours to sRGB, where there is one that matters."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

SRGB_TOLERANCE = 2  # levels; a profile that moves no colour further counts as sRGB itself

_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_FAULTS = (ImageCms.PyCMSError, OSError, ValueError, TypeError)


class Profile:
    """A profile as it is applied to colours of one mode ("L", "RGB" or "CMYK")."""

    def __init__(self, mode: str, transform: ImageCms.ImageCmsTransform) -> None:
        self._mode = mode
        self._transform = transform

    def apply(self, colours: Image.Image) -> Image.Image | None:
        """The colours in sRGB, mode "RGB"; None where the profile cannot be applied."""
        try:
            return ImageCms.applyTransform(colours.convert(self._mode), self._transform)
        except _FAULTS:
            return None


def profile_of(profile: bytes | None, mode: str) -> Profile | None:
    """What a picture's profile does to colours of `mode`; None where that is nothing.

    It is nothing where the profile is absent, broken, of another space, or sRGB already.
    """
    if not profile:
        return None
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        own = _MODES.get(source.profile.xcolor_space.strip(), "")
        if not own or (own == "CMYK") != (mode == "CMYK") or own == "L" != mode:
            return None
        target = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        transform = ImageCms.buildTransform(source, target, own, "RGB")
        if own != "CMYK" and _changes_nothing(transform, own):
            return None
        return Profile(own, transform)
    except _FAULTS:
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
