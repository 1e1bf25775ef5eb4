"""Copies of one picture, the original first: pixels, then compression, then metadata."""

from __future__ import annotations

from collections.abc import Sequence

from framed.culling.saving import LOSSLESS, loss
from framed.culling.shot import Shot, same_scale

_LACKS = 0.65  # of a smaller copy's sharpness at the same side: this one may have been enlarged,
_FALLS = 0.7  # if it has no more of its own at a smaller side, where both are alike


def originals_first(copies: Sequence[Shot]) -> list[Shot]:
    """The copies of one picture, from the likeliest original on; ties in the order they came.

    A copy that was enlarged from a smaller one comes after those that show more at the same size.
    """
    return sorted(copies, key=lambda shot: _from_original(shot, copies))


def why_copy(original: Shot, copy: Shot, copies: Sequence[Shot]) -> str:
    """What the copy lacks beside the original, in plain words with figures."""
    first, second = _from_original(original, copies), _from_original(copy, copies)
    if first[0] != second[0]:
        return _enlarged(original, copy)
    if first[1] != second[1]:
        return f"a copy of {_size(copy)} pixels; the original has {_size(original)}"
    if first[2] != second[2]:
        return f"a copy, {_saved(copy)}; the original is {_saved(original)}"
    if first[4:6] != second[4:6]:
        return "a copy without what the camera wrote into the original's file"
    if original.sha256 == copy.sha256:
        return "the same file again"
    return "the same picture, as good as the first of its kind"


def _from_original(
    shot: Shot, copies: Sequence[Shot]
) -> tuple[bool, int, int, float, bool, bool, float, int]:
    file = shot.likeness.file
    known = file.quantisation is not None or shot.format in LOSSLESS
    return (
        _is_enlarged(shot, copies),
        -shot.pixels,
        loss(shot),
        0.0 if known else -file.bytes / shot.pixels,  # of a photo's own noise more than of loss
        file.camera is None,
        file.taken is None,
        -shot.likeness.sharpness.get(shot.scale, 0.0),
        shot.index,
    )


def _is_enlarged(shot: Shot, copies: Sequence[Shot]) -> bool:
    return any(_shows_less(shot, other) for other in copies if other.pixels < shot.pixels)


def _shows_less(shot: Shot, other: Shot) -> bool:
    scale = same_scale(shot, other)
    if scale is None:
        return False
    own = shot.likeness.sharpness
    least = min(_LACKS * other.likeness.sharpness[scale], _FALLS * own[min(own)])
    return own[scale] < least


def _enlarged(original: Shot, copy: Shot) -> str:
    scale = same_scale(original, copy)
    if scale is None:
        return "a copy, enlarged"
    less, more = (shot.likeness.sharpness[scale] for shot in (copy, original))
    return f"a copy, enlarged: at {scale} px its sharpness is {less:.2f} to {more:.2f}"


def _size(shot: Shot) -> str:
    return f"{shot.size[0]} x {shot.size[1]}"


def _saved(shot: Shot) -> str:
    if shot.format in LOSSLESS:
        return f"saved without loss ({shot.format})"
    step = shot.likeness.file.quantisation
    return f"saved as {shot.format}" + (f" at a mean step of {step:.1f}" if step else "")
