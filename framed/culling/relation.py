"""What two photos are to each other: copies of one picture, shots of one scene, or neither."""

from __future__ import annotations

from dataclasses import dataclass

from framed.culling.alignment import Alignment
from framed.culling.finest import extra_noise, same_size
from framed.culling.outline import Outline
from framed.culling.saving import is_of_camera, loss
from framed.culling.shot import Kind, Shot, same_scale
from framed.culling.witness import Agreement, agreement

_LONGEST_BURST = 600.0  # seconds on one camera's clock
_SAME_MOMENT = 0.05  # seconds: what a clock without fractions of a second cannot tell apart
_LIES_STILL = 0.0085  # of the side; as finely as copies are laid over each other
_SOFTENED = 0.62  # of the sharpness, under which a photo of the same size is another shot;
_SOFTENED_AS_SAVED = 0.85  # and where it was saved in the same way, as sharpening would not be
_MORE_NOISE = 8.0  # grey levels beyond the other's, likewise

UNLIKELY = 0.15  # a first glance at two shots between which a large subject moved has 0.17


@dataclass(frozen=True)
class Relation:
    """`kind`: `copy` where both are one picture, `burst` where they show one scene; `drawn`: both
    are plain in large parts."""

    kind: Kind
    drawn: bool
    alignment: Alignment


def relation(
    one: Shot, other: Shot, outlines: tuple[Outline, Outline], least: float = UNLIKELY
) -> Relation | None:
    """What two photos are to each other; None where they do not show the same.

    `least`: how likely that must look at a first glance, `UNLIKELY` to 1, to be looked at closely.
    """
    found = agreement(*outlines, least)
    kind = _kind(one, other, found) if found and found.same_scene else None
    return Relation(kind, found.drawn, found.alignment) if found and kind else None


def _kind(one: Shot, other: Shot, found: Agreement) -> Kind | None:
    between = seconds_between(one, other)
    if (
        found.same_picture
        and _unmoved(one, other, found)
        and (between is None or between < _SAME_MOMENT)
    ):
        return "burst" if _shot_anew(one, other) and not _one_is_edited(one, other) else "copy"
    if between is not None and between > _LONGEST_BURST:
        return "copy" if found.same_picture else None
    return "burst"


def _unmoved(one: Shot, other: Shot, found: Agreement) -> bool:
    """Copies of one size lie on each other; a hand holds no camera that still."""
    return one.size != other.size or found.alignment.moved <= _LIES_STILL


def seconds_between(one: Shot, other: Shot) -> float | None:
    """By the clock of the camera that took both; None where it is not known to be one."""
    files = one.likeness.file, other.likeness.file
    if files[0].camera != files[1].camera and None not in (files[0].camera, files[1].camera):
        return None
    if files[0].taken is None or files[1].taken is None:
        return None
    return abs(files[0].taken - files[1].taken)


def _shot_anew(one: Shot, other: Shot) -> bool:
    """Whether a photo of the same size lacks detail or has noise that no saving takes or adds."""
    if not same_size(one, other):
        return False
    if max(extra_noise(one, other), extra_noise(other, one)) > _MORE_NOISE:
        return True
    scale = same_scale(one, other)
    if scale is None:
        return False
    sharp = sorted((one.likeness.sharpness[scale], other.likeness.sharpness[scale]))
    return sharp[0] < (_SOFTENED_AS_SAVED if _saved_alike(one, other) else _SOFTENED) * sharp[1]


def _one_is_edited(one: Shot, other: Shot) -> bool:
    """Whether a camera wrote the one file only: the other was made of such a one."""
    return is_of_camera(one) != is_of_camera(other)


def _saved_alike(one: Shot, other: Shot) -> bool:
    return one.format == other.format and abs(loss(one) - loss(other)) <= 1
