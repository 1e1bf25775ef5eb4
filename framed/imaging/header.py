"""What a file says of its picture, checked against the limits before a pixel is decoded."""

from __future__ import annotations

from dataclasses import dataclass

from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile

from framed.imaging.formats import Format, sniff
from framed.imaging.opening import open_header, stored_size
from framed.imaging.refusals import refusals
from framed.imaging.shrink import divisor_for, shrunk
from framed.imaging.structure import check_scanned, count_scans
from framed.photo import DecodeSpec


@dataclass(frozen=True)
class Header:
    """What a file says of itself: format, stored size (before it is turned upright), Pillow's mode.

    `divisor`: by how much its sides are divided on the way to a `Photo`. `scans`: how often a JPEG
    passes over its picture, 1 for all others. `samples`: of a JPEG, all colours' together, a pixel
    (1.5 for 4:2:0). `file_bytes`: the file's length.
    """

    format: Format
    width: int
    height: int
    mode: str
    divisor: int
    scans: int = 1
    samples: float = 0.0
    file_bytes: int = 0

    @property
    def stored_pixels(self) -> int:
        return self.width * self.height

    @property
    def kept_pixels(self) -> int:
        """Pixels of the `Photo`."""
        return shrunk(self.width, self.divisor) * shrunk(self.height, self.divisor)

    @property
    def decoded_pixels(self) -> int:
        """Pixels that the decoder writes: a JPEG is shrunk by it, all others after it."""
        return self.kept_pixels if self.format == "JPEG" else self.stored_pixels


def read_header(data: bytes, spec: DecodeSpec) -> Header:
    """The header of a picture, checked against the limits of `spec`; no pixel is decoded.

    Raises `FramedError`: `empty`, `not_an_image`, `unsupported_format`, `unsupported_mode`,
    `truncated`, `corrupt`, `too_many_pixels`, `bad_dimensions`.
    """
    format = sniff(data)
    with refusals(data, format):
        image = open_header(data, format, spec)
        width, height = stored_size(image)
        scans = count_scans(data) if format == "JPEG" else 1
        check_scanned(scans, width * height)
        samples = _samples(image)
    return Header(
        format=format,
        width=width,
        height=height,
        mode=image.mode,
        divisor=divisor_for(format, width, height, spec),
        scans=scans,
        samples=samples,
        file_bytes=len(data),
    )


MOST_SAMPLES = 4  # across and down, as JPEG has it; no decoder takes others


def _samples(image: ImageFile) -> float:
    if not isinstance(image, JpegImageFile):
        return 0.0
    factors = [(across, down) for _, across, down, _ in image.layer]
    if not all(1 <= factor <= MOST_SAMPLES for pair in factors for factor in pair):
        raise OSError("a component has no sampling factors that JPEG knows")
    widest, tallest = (max(each) for each in zip(*factors, strict=True))
    return float(sum(across * down for across, down in factors) / (widest * tallest))
