"""How much a picture lost when it was saved, as far as its file tells."""

from __future__ import annotations

from math import log

from framed.culling.shot import Shot

LOSSLESS = frozenset({"PNG", "BMP", "TIFF"})
_SAME_STEP = log(1.1)  # of the quantisation: one table, and what rounds to it
_USUAL_STEP = {"HEIC": 4.0, "WEBP": 12.0, "AVIF": 12.0, "GIF": 40.0}  # where the file names none


def loss(shot: Shot) -> int:
    """How coarsely a picture was saved, in steps that count; 0: without loss."""
    if shot.format in LOSSLESS:
        return 0
    step = shot.likeness.file.quantisation or _USUAL_STEP.get(shot.format, 1.0)
    return 1 + round(log(max(step, 1.0)) / _SAME_STEP)


def is_of_camera(shot: Shot) -> bool:
    """Whether the file has what a camera writes: its name, or when the photo was taken."""
    file = shot.likeness.file
    return file.camera is not None or file.taken is not None
