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
    noisier: bool
    blockier: bool
    smoother: bool
    coarse: bool
    no_camera: bool
    loss: int
    made_of_jpeg: bool
    weight: float
    no_time: bool
    softness: float
    came: int


def originals_first(copies: Sequence[Shot]) -> list[Shot]:
    """The copies of one picture, from the likeliest original on; ties in the order they came.

    First comes what the content tells: copies have lost colours, were enlarged or made smaller, and
    among those of one size noised, smoothed or saved coarsely before. Then a camera's file is
    before others, then compression counts. A lossless file with a JPEG's pixels was made of it.
    """
    return sorted(copies, key=lambda shot: _place(shot, copies))


def why_copy(original: Shot, copy: Shot, copies: Sequence[Shot], of: str = "") -> str:
    """What the copy lacks beside the original, in plain words with figures; `of` names that."""
    if original.sha256 == copy.sha256:
        return f"the same file again{of and ', as '}{of}"
    first, second = _place(original, copies), _place(copy, copies)
    lacks = next(name for name in first._fields if getattr(first, name) != getattr(second, name))
    saved = f"{_saved(copy)}; the original is {_saved(original)}"
    reasons = {
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
    reason = reasons.get(lacks, "as good as the first of its kind")
    return f"a copy of {of}, {reason}" if of else f"a copy {reason}"


def _place(shot: Shot, copies: Sequence[Shot]) -> _Place:
    file = shot.likeness.file
    alike = [each for each in copies if each is not shot and same_size(each, shot)]
    made_of = _jpeg_of(shot, copies)
    known = file.quantisation is not None or shot.format in LOSSLESS
    return _Place(
        colourless=_lacks_colour(shot, copies),
        bordered=shot.bordered,
        enlarged=any(is_enlarged(shot, each) for each in copies),
        pixels=-shot.pixels,
        noisier=any(extra_noise(shot, each) > _NOISIER for each in alike),
        blockier=any(is_blockier(shot, each) for each in alike),
        smoother=any(_is_smoother(shot, each) for each in alike),
        coarse=any(coarser(shot, each, _PLAINLY_COARSER) for each in alike),
        no_camera=not is_of_camera(shot),
        loss=loss(made_of or shot),
        made_of_jpeg=made_of is not None,
        weight=0.0 if known else -file.bytes / shot.pixels,  # of its own noise more than of loss
        no_time=file.camera is None or file.taken is None,
        softness=-shot.likeness.sharpness.get(shot.scale, 0.0),
        came=shot.index,
    )


def _is_smoother(shot: Shot, other: Shot) -> bool:
    return is_smoother(shot, other) and extra_noise(other, shot) <= _SOME_NOISE


def _lacks_colour(shot: Shot, copies: Sequence[Shot]) -> bool:
    most = max(each.likeness.grain.polychromy for each in copies)
    return shot.likeness.grain.polychromy <= _TONED and most >= _COLOURED


def _jpeg_of(shot: Shot, copies: Sequence[Shot]) -> Shot | None:
    """The JPEG whose very pixels a lossless file has."""
    if shot.format not in LOSSLESS:
        return None
    digest = shot.likeness.digest
    jpegs = (each for each in copies if each.format == "JPEG" and each.likeness.digest == digest)
    return next(jpegs, None)


def _size(shot: Shot) -> str:
    return f"{shot.size[0]} x {shot.size[1]}"


def _saved(shot: Shot) -> str:
    if shot.format in LOSSLESS:
        return f"saved without loss ({shot.format})"
    step = shot.likeness.file.quantisation
    return f"saved as {shot.format}" + (f" at a mean step of {step:.1f}" if step else "")
