"""Photos to groups: each joins the group around the best shot that it shows the same as.

Comparing two photos costs a third of a millisecond, so that of a thousand only those are laid over
each other whose model's vectors and coarse tones are near, and few for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

import cv2
import numpy as np

from framed.culling.alignment import Alignment
from framed.culling.outline import Outline, outline_of
from framed.culling.relation import UNLIKELY, Relation, relation, seconds_between
from framed.culling.saving import loss
from framed.culling.shot import Shot, Vector

_ROUNDING = 1e-5  # the same photo in another batch; a unit vector times itself
_LESS_OF_COPIES = 0.15  # of the cosine; a grey or toned copy has less than one in colour
_TONES_SIDE = 8  # px
_NEAR_TONES = 0.45  # correlation; shots of one scene have at least 0.5
_MOST_TRIED = 2  # groups a photo, and pictures of each
_LIKELY = 0.55  # at a first glance, where the nearest group was another: few pages have it
_FARTHEST = 0.25  # of the side, from a group's best: what they share is most of both
_OUTLINES_KEPT = 512  # of 0.1 MB each


@dataclass
class Picture:
    """Copies of one picture, the one first that others are compared with. `alignment`: how it lies
    to the group's first picture, where it was laid over that itself."""

    alignment: Alignment | None = None
    copies: list[Shot] = field(default_factory=list)

    @property
    def first(self) -> Shot:
        return self.copies[0]


@dataclass
class Group:
    """Pictures of one scene, the one first around which they gathered."""

    pictures: list[Picture] = field(default_factory=list)

    def new(self, alignment: Alignment | None = None) -> Picture:
        """A picture more, still without copies."""
        self.pictures.append(Picture(alignment))
        return self.pictures[-1]


def gather(shots: Sequence[Shot], similarity: float) -> list[Group]:
    """All shots in groups, whatever order they come in.

    A photo joins a group if the cosine of its embedding to the first shot's is at least
    `similarity` and its pixels agree (`framed.culling.witness`) with that shot's, or with those of
    one that does, and most of the first is still in view: no chain of small changes leads from one
    picture to another. Of a photo that is a copy by its pixels the model need be less sure, by
    0.15. The same pixels always meet.
    """
    order = sorted(shots, key=_worse)
    return _Gathering(order, similarity).run() if order else []


def _worse(shot: Shot) -> tuple[bool, int, int, int, float, int]:
    sharpness = shot.likeness.sharpness.get(shot.scale, 0.0)
    return not shot.measured, -shot.scale, -shot.pixels, loss(shot), -sharpness, shot.index


class _Gathering:
    def __init__(self, order: Sequence[Shot], similarity: float) -> None:
        self._order = order
        self._least = similarity - _ROUNDING
        self._groups: list[Group] = []
        self._same: dict[str, Picture] = {}  # digest or checksum -> the picture it is of
        self._embeddings = np.empty((len(order), len(order[0].embedding)), np.float32)  # a group's
        self._tones = np.empty((len(order), _TONES_SIDE**2), np.float32)
        self._tones_of = {shot.index: _coarse_tones(shot) for shot in order}
        thumbnails = {shot.index: shot.likeness.thumbnail for shot in order}

        @lru_cache(_OUTLINES_KEPT)
        def outline(index: int) -> Outline:
            return outline_of(thumbnails[index])

        self._outline = outline

    def run(self) -> list[Group]:
        for shot in self._order:
            picture = self._picture(shot)
            picture.copies.append(shot)
            self._same.setdefault(shot.sha256, picture)
            self._same.setdefault(shot.likeness.digest, picture)
        return self._groups

    def _picture(self, shot: Shot) -> Picture:
        """The picture that the shot is of; a new one, still without copies, if none is known."""
        known = self._known(shot)
        if known is not None:
            return known
        joined = self._joined(shot)
        return self._begun(shot) if joined is None else joined

    def _known(self, shot: Shot) -> Picture | None:
        return self._same.get(shot.sha256) or self._same.get(shot.likeness.digest)

    def _joined(self, shot: Shot) -> Picture | None:
        """The picture of a group that the shot is of; a new one where it is another shot."""
        near = self._near(shot)
        for group, least in zip(near, (UNLIKELY, _LIKELY), strict=False):
            first = group.pictures[0]
            if found := self._relation(first.first, shot, least):
                if self._doubted(first.first, shot) and (found.drawn or found.kind != "copy"):
                    continue
                if found.kind == "copy":
                    return first
                copied = self._copied(group, shot)
                return copied or group.new(found.alignment)
        near = [group for group in near if not self._doubted(group.pictures[0].first, shot)]
        return next(filter(None, (self._beside(group, shot) for group in near)), None)

    def _doubted(self, one: Shot, other: Shot) -> bool:
        """Whether the model alone would part them."""
        return float(one.embedding @ other.embedding) < self._least

    def _beside(self, group: Group, shot: Shot) -> Picture | None:
        """The same by way of pictures that were laid over the first one."""
        known = [picture for picture in group.pictures if picture.alignment is not None]
        for picture in self._likest(known, shot)[:_MOST_TRIED]:
            found = self._relation(picture.first, shot)
            if found is None or picture.alignment is None:
                continue
            if found.alignment.after(picture.alignment).moved <= _FARTHEST:
                return picture if found.kind == "copy" else group.new()
        return None

    def _likest(self, pictures: Sequence[Picture], shot: Shot) -> list[Picture]:
        """Those with coarse tones near the shot's, the nearest first."""
        tones = self._tones_of[shot.index]
        alike = [float(self._tones_of[picture.first.index] @ tones) for picture in pictures]
        order = np.argsort([-value for value in alike], kind="stable")
        return [pictures[at] for at in order if alike[at] >= _NEAR_TONES]

    def _near(self, shot: Shot) -> list[Group]:
        count = len(self._groups)
        cosines = self._embeddings[:count] @ shot.embedding
        alike = self._tones[:count] @ self._tones_of[shot.index]
        fit = np.flatnonzero((cosines >= self._least - _LESS_OF_COPIES) & (alike >= _NEAR_TONES))
        nearness = (cosines + alike + (cosines >= self._least))[fit]  # the model's first
        nearest = fit[np.argsort(-nearness, kind="stable")[:_MOST_TRIED]]
        return [self._groups[at] for at in nearest]

    def _copied(self, group: Group, shot: Shot) -> Picture | None:
        """The other picture of the group that the shot is a copy of; the likeliest is looked at."""
        others = [each for each in group.pictures[1:] if _may_be_copy(each.first, shot)]
        for picture in self._likest(others, shot)[:1]:
            found = self._relation(picture.first, shot)
            if found and found.kind == "copy":
                return picture
        return None

    def _relation(self, one: Shot, other: Shot, least: float = _LIKELY) -> Relation | None:
        outlines = self._outline(one.index), self._outline(other.index)
        return relation(one, other, outlines, least)

    def _begun(self, shot: Shot) -> Picture:
        count = len(self._groups)
        self._embeddings[count] = shot.embedding
        self._tones[count] = self._tones_of[shot.index]
        self._groups.append(Group())
        return self._groups[-1].new()


def _may_be_copy(one: Shot, other: Shot) -> bool:
    """A copy differs in size or in how it was saved; else it is the next shot of one camera."""
    saved = (one.size, loss(one)) != (other.size, loss(other))
    return saved and not seconds_between(one, other)


def _coarse_tones(shot: Shot) -> Vector:
    """The coarse tones as a unit vector of 64; zeros where all is one tone."""
    side = (_TONES_SIDE, _TONES_SIDE)
    tones = cv2.resize(
        shot.likeness.thumbnail.astype(np.float32), side, interpolation=cv2.INTER_AREA
    )
    tones = (tones - tones.mean()).ravel()
    length = float(np.linalg.norm(tones))
    return cast(Vector, tones / length if length > 1 else np.zeros_like(tones))
