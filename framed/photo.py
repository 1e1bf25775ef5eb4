"""A photo on its way: its bytes, the decoded picture, and the views that the runners eat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
ResizeMode = Literal["shortest", "shortest_floor", "longest", "squash"]
Interpolation = Literal["bicubic", "bilinear"]
DecodeMode = Literal["fast", "exact"]
CropMode = Literal["none", "grid", "saliency"]
PlaneName = Literal["grey_preview", "luma", "rgb", "full_crop"]
Region = tuple[int, int, int, int]  # x, y, width, height in pixels of the whole upright photo

GREY_PREVIEW: PlaneName = "grey_preview"  # uint8 [h, w], long side at most 512
LUMA: PlaneName = "luma"  # uint8 [h, w], long side at most 1024
RGB: PlaneName = "rgb"  # uint8 [h, w, 3], long side at most 1024
FULL_CROP: PlaneName = "full_crop"  # uint8 [h, w], centre of the original pixels in grey
THUMBNAIL_SIDE = 128  # of a likeness, in pixels
GRAIN_RINGS = 16  # bands of frequencies, of equal width


@dataclass(frozen=True)
class PhotoBytes:
    """An undecoded photo: its bytes, where they came from, and the name it was sent under."""

    data: bytes
    origin: Literal["upload", "body", "inline", "path", "url"]
    name: str | None = None


@dataclass(frozen=True)
class DecodeSpec:
    """How large the decoded picture must be at least, in pixels; `exact` forbids shrink on load.

    `max_pixels` (a count) and `max_side` are refused by header, before anything is decoded. What is
    to be compared with others is looked at in its own pixels, too, up to a long side of
    `compared_side` at least; 0: not at all.
    """

    min_short_side: int = 0
    min_long_side: int = 0
    exact: bool = False
    max_pixels: int = 100_000_000
    max_side: int = 65_535
    compared_side: int = 0

    def to_compare(self) -> DecodeSpec:
        """The same, so large that what it is compared by shows."""
        return replace(self, min_long_side=max(self.min_long_side, self.compared_side))


@dataclass(frozen=True)
class FileFacts:
    """What a file tells of how its picture came about, beside the pixels.

    `bytes`: its length. `quantisation`: of a JPEG the mean step of its luma table, 1 (finest) to
    255. `camera`: make and model; `taken`: seconds on the camera's own clock, for differences
    only. None where the file does not say.
    """

    bytes: int = 0
    quantisation: float | None = None
    camera: str | None = None
    taken: float | None = None


@dataclass(frozen=True)
class Photo:
    """One decoded photo: upright RGB uint8 [H, W, 3], C-contiguous, and what was done to get it.

    `original_size` is (width, height) of the whole upright picture; `pixels` may be smaller
    (shrink on load, or reduced above 16 megapixels). `applied` names the steps in order:
    "shrink:N", "grey16", "icc", "cmyk", "palette", "alpha", "orientation:N", "first_frame".
    `sha256` is of the file's bytes, in hex. `hour` is when it was taken by the camera's own clock,
    0..24; None where the file does not say. `file` is what else the file tells.
    """

    pixels: Pixels
    original_size: tuple[int, int]
    format: str
    applied: tuple[str, ...]
    sha256: str
    hour: float | None = None
    file: FileFacts = FileFacts()


@dataclass(frozen=True)
class SquareSpec:
    """The square a model looks at: side in pixels and the model's own way to get there.

    "shortest": the short side is resized to `size`, then the centre is cropped, where half an odd
    margin is rounded to an even number; "shortest_floor": the same, but half of it is rounded down;
    "squash": both sides are resized to `size`; "longest": the long side is resized to `size`, the
    rest is `fill`.
    """

    size: int
    resize_mode: ResizeMode = "shortest"
    interpolation: Interpolation = "bicubic"
    fill: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True)
class ViewSpec:
    """Which views are wanted of a photo: model squares, also of its `crops`, planes for the
    metrics, and its likeness."""

    squares: tuple[SquareSpec, ...] = ()
    planes: tuple[PlaneName, ...] = ()
    crops: CropMode = "none"
    likeness: bool = False


@dataclass(frozen=True)
class Tones:
    """How colourful and how light a whole upright photo is.

    `colourfulness` is M of Hasler and Süsstrunk (0 for a grey picture, some 20 slightly, 60 quite,
    100 extremely colourful), `polychromy` what deviation of colours is left, in the same unit, once
    all that follows the luma is taken off (0 for an evenly toned print, too). `luminance` is the
    mean luma, `contrast` its standard deviation, of a full range of 1. `hour` is when it was taken
    by the camera's own clock, 0..24; None where the photo does not say.
    """

    colourfulness: float
    polychromy: float
    luminance: float
    contrast: float
    hour: float | None = None


@dataclass(frozen=True)
class Grain:
    """What a photo's pixels show at their finest, as decoded: `side` is the longer one then.

    `spectrum` [16] is the mean power of the luma by frequency, in squared grey levels, the last at
    the finest detail that pixels can hold; white noise adds its variance to each. `step` is the
    mean difference of neighbours, `blocks` by how much it is larger at the edges of a JPEG's
    blocks, in grey levels; `repeats` the share of columns, or of rows, that repeat the last.
    `polychromy` is that of `Tones`: 0 for a grey or toned picture.
    """

    side: int
    spectrum: tuple[float, ...]
    step: float
    blocks: float
    repeats: float
    polychromy: float


@dataclass(frozen=True)
class Likeness:
    """What photos are compared by, without any model, once their pixels are gone.

    `thumbnail` is the whole upright photo in grey, uint8 [128, 128], whatever its shape; `digest`
    (hex) is equal where the pixels are. `sharpness`: long side in pixels -> 0 (blurred) to 1, with
    the noise taken out, measured with the photo reduced to that side. `noise` is its standard
    deviation in grey levels, at a long side of 512 or the photo's own.
    """

    thumbnail: Pixels
    digest: str
    sharpness: Mapping[int, float]
    noise: float
    file: FileFacts
    grain: Grain


@dataclass(frozen=True)
class Views:
    """What crosses to the runners: squares uint8 [S, S, 3] by side, planes uint8 by name.

    Where crops were asked for, squares are [R, S, S, 3], one of each of the R `regions`: the whole
    photo first, then its crops. `tones` are the whole photo's, where squares are made. `likeness`
    stays with the caller, where it was asked for.
    """

    squares: Mapping[int, Pixels] = field(default_factory=dict)
    planes: Mapping[PlaneName, Pixels] = field(default_factory=dict)
    regions: tuple[Region, ...] = ()
    tones: Tones | None = None
    likeness: Likeness | None = None


@dataclass(frozen=True)
class PhotoFacts:
    """What remains of a photo once its pixels are gone; sizes are (width, height), upright."""

    original_size: tuple[int, int]
    decoded_size: tuple[int, int]
    format: str
    applied: tuple[str, ...]
    sha256: str
