"""Copies of one picture, the original first: content, pixels, what the camera wrote, compression.

Two things nothing in the files tells: an enlarged picture to which noise was added may pass for an
original, and so may one that was sharpened and saved more finely, where no file is a camera's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from framed.culling.finest import (
    coarser,
    extra_noise,
    is_blockier,
    is_enlarged,
    is_smoother,
    references,
    same_size,
)
from framed.culling.saving import LOSSLESS, is_of_camera, loss
from framed.culling.shot import Shot

_TONED, _COLOURED = 1.5, 4.0  # polychromy: at most of a grey or toned picture; in colour
_NOISIER, _SOME_NOISE = 3.0, 1.0  # grey levels: no saving adds as much; dithering adds more
_PLAINLY_COARSER = 4.0  # times the step: even a camera's own file is not the original then


class _Place(NamedTuple):
    """What tells an original from its copies, what tells most first; less is better."""

    colourless: bool
    bordered: bool
    enlarged: bool
    pixels: int
    blockier: bool
    coarse: bool
    no_camera: bool
    noisier: bool
    smoother: bool
    loss: int
    made_of_jpeg: bool
    weight: float
    no_time: bool
    softness: float
    came: int


class Copies:
    """The copies of one picture, at least one; `originals_first`: from the likeliest original on.

    First comes what the content tells: copies have lost colours, were enlarged or made smaller, and
    among those of one size saved coarsely before. Then a camera's file is before others, what was
    noised or smoothed is behind, and compression counts. A lossless file with a JPEG's pixels was
    made of it. Ties in the order they came.
    """

    def __init__(self, copies: Sequence[Shot]) -> None:
        self._references = references(copies)
        self._colour = max(each.likeness.grain.polychromy for each in copies)
        jpegs = (each for each in reversed(copies) if each.format == "JPEG")
        self._jpegs = {each.likeness.digest: each for each in jpegs}
        self._places = {each.index: self._place(each) for each in copies}
        self.originals_first = sorted(copies, key=lambda shot: self._places[shot.index])

    def why(self, copy: Shot, of: str = "") -> str:
        """What a copy lacks beside the original, in plain words with figures; `of` names that."""
        original = self.originals_first[0]
        if original.sha256 == copy.sha256:
            return f"the same file again{of and ', as '}{of}"
        first, second = self._places[original.index], self._places[copy.index]
        lacks = next(
            name
            for name, one, other in zip(first._fields, first, second, strict=True)
            if one != other
        )
        reason = _reasons(original, copy).get(lacks, "as good as the first of its kind")
        return f"a copy of {of}, {reason}" if of else f"a copy {reason}"

    def _place(self, shot: Shot) -> _Place:
        file, grain = shot.likeness.file, shot.likeness.grain
        others = [each for each in self._references if each is not shot]
        alike = [each for each in others if same_size(each, shot)]
        jpeg = self._jpegs.get(shot.likeness.digest) if shot.format in LOSSLESS else None
        known = file.quantisation is not None or shot.format in LOSSLESS
        return _Place(
            colourless=grain.polychromy <= _TONED and self._colour >= _COLOURED,
            bordered=shot.bordered,
            enlarged=any(is_enlarged(shot, each) for each in others),
            pixels=-shot.pixels,
            blockier=any(is_blockier(shot, each) for each in alike),
            coarse=any(coarser(shot, each, _PLAINLY_COARSER) for each in alike),
            no_camera=not is_of_camera(shot),
            noisier=any(extra_noise(shot, each) > _NOISIER for each in alike),
            smoother=any(_is_smoother(shot, each) for each in alike),
            loss=loss(jpeg or shot),
            made_of_jpeg=jpeg is not None,
            weight=0.0 if known else -file.bytes / shot.pixels,  # its own noise more than loss
            no_time=file.camera is None or file.taken is None,
            softness=-shot.likeness.sharpness.get(shot.scale, 0.0),
            came=shot.index,
        )


def _reasons(original: Shot, copy: Shot) -> dict[str, str]:
    saved = f"{_saved(copy)}; the original is {_saved(original)}"
    return {
        "colourless": "without the original's colours",
        "bordered": "with bars or a frame around it",
        "enlarged": f"enlarged: its {_size(copy)} pixels show no more than a smaller copy's",
        "pixels": f"of {_size(copy)} pixels; the original has {_size(original)}",
        "noisier": "with noise that the original does not have",
        "blockier": saved if coarser(copy, original, 1) else "saved coarsely before",
        "smoother": "whose finest detail is lost",
        "coarse": saved,
        "no_camera": "without what the camera wrote into the original's file",
        "loss": saved,
        "made_of_jpeg": f"saved as {copy.format} with the very pixels of the original",
        "no_time": "without what the camera wrote into the original's file",
    }


def _is_smoother(shot: Shot, other: Shot) -> bool:
    return is_smoother(shot, other) and extra_noise(other, shot) <= _SOME_NOISE


def _size(shot: Shot) -> str:
    return f"{shot.size[0]} x {shot.size[1]}"


def _saved(shot: Shot) -> str:
    if shot.format in LOSSLESS:
        return f"saved without loss ({shot.format})"
    step = shot.likeness.file.quantisation
    return f"saved as {shot.format}" + (f" at a mean step of {step:.1f}" if step else "")
