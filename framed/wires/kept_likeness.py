"""The likeness of a photo as it lies in the cache beside its features, and back."""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, FiniteFloat

from framed.photo import GRAIN_RINGS, THUMBNAIL_SIDE, FileFacts, Grain, Likeness


class _File(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    bytes: int
    quantisation: FiniteFloat | None
    camera: str | None
    taken: FiniteFloat | None


class _Grain(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    side: int
    spectrum: list[FiniteFloat]
    step: FiniteFloat
    blocks: FiniteFloat
    repeats: FiniteFloat
    polychromy: FiniteFloat


class KeptLikeness(BaseModel):
    """The thumbnail as base64 of its levels; sharpness as pairs of side and value."""

    model_config = ConfigDict(strict=True, frozen=True)

    thumbnail: str
    digest: str
    sharpness: list[list[FiniteFloat]]
    noise: FiniteFloat
    file: _File
    grain: _Grain


def kept_likeness(likeness: Likeness) -> dict[str, Any]:
    """The likeness as JSON."""
    return {
        "thumbnail": base64.b64encode(likeness.thumbnail.tobytes()).decode(),
        "digest": likeness.digest,
        "sharpness": [[float(side), value] for side, value in likeness.sharpness.items()],
        "noise": likeness.noise,
        "file": asdict(likeness.file),
        "grain": {**asdict(likeness.grain), "spectrum": list(likeness.grain.spectrum)},
    }


def likeness_from(kept: KeptLikeness) -> Likeness:
    """The likeness again; ValueError where a part is not of its form."""
    try:
        data = base64.b64decode(kept.thumbnail, validate=True)
    except binascii.Error as fault:
        raise ValueError(f"the thumbnail is no base64: {fault}") from None
    if len(data) != THUMBNAIL_SIDE**2:
        raise ValueError(f"the thumbnail holds {len(data)} levels, not {THUMBNAIL_SIDE**2}")
    if len(kept.grain.spectrum) != GRAIN_RINGS:
        raise ValueError(f"the spectrum has {len(kept.grain.spectrum)} rings, not {GRAIN_RINGS}")
    return Likeness(
        thumbnail=np.frombuffer(data, np.uint8).reshape(THUMBNAIL_SIDE, THUMBNAIL_SIDE),
        digest=kept.digest,
        sharpness={int(side): value for side, value in kept.sharpness},
        noise=kept.noise,
        file=FileFacts(**kept.file.model_dump()),
        grain=Grain(**{**kept.grain.model_dump(), "spectrum": tuple(kept.grain.spectrum)}),
    )
