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

from framed.culling.outline import Outline, outline_of
from framed.culling.relation import relation, seconds_between
from framed.culling.shot import Kind, Shot, Vector

_ROUNDING = 1e-5  # the same photo in another batch; a unit vector times itself
_TONES_SIDE = 8  # px
_NEAR_TONES = 0.45  # correlation; shots of one scene have at least 0.5
_NEAR_AS_COPY = 0.95
_MOST_TRIED = 2  # groups a photo
_OUTLINES_KEPT = 512  # of 0.1 MB each


@dataclass
class Group:
    """Pictures of one scene: each a list of its copies, the one that the others were compared with
    first. The first picture's first shot is the group's best by its own figures."""

    pictures: list[list[Shot]] = field(default_factory=list)

    @property
    def shots(self) -> list[Shot]:
        return [shot for picture in self.pictures for shot in picture]


def gather(shots: Sequence[Shot], similarity: float) -> list[Group]:
    """All shots in groups, whatever order they come in.

    A photo joins a group if the cosine of its embedding to the best shot's is at least
    `similarity` and their pixels agree (`framed.culling.witness`), so that no chain of small
    changes leads from one picture to another. The same pixels always meet.
    """
    order = sorted(shots, key=_worse)
    return _Gathering(order, similarity).run() if order else []


def _worse(shot: Shot) -> tuple[bool, int, float, int]:
    sharpness = shot.likeness.sharpness.get(shot.scale, 0.0)
    return not shot.measured, -shot.scale, -sharpness, shot.index


class _Gathering:
    def __init__(self, order: Sequence[Shot], similarity: float) -> None:
        self._order = order
        self._least = similarity - _ROUNDING
        self._groups: list[Group] = []
        self._same: dict[str, list[Shot]] = {}  # digest or checksum -> the picture it is of
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
            picture.append(shot)
            self._same.setdefault(shot.sha256, picture)
            self._same.setdefault(shot.likeness.digest, picture)
        return self._groups

    def _picture(self, shot: Shot) -> list[Shot]:
        """The copies among which the shot belongs; a list of its own, still empty, if none."""
        known = self._known(shot)
        if known is not None:
            return known
        joined = self._joined(shot)
        return self._begun(shot) if joined is None else joined

    def _known(self, shot: Shot) -> list[Shot] | None:
        picture = self._same.get(shot.sha256) or self._same.get(shot.likeness.digest)
        return picture

    def _joined(self, shot: Shot) -> list[Shot] | None:
        """The picture of a group that the shot is of; a new one where it is another shot."""
        for group in self._near(shot):
            best = group.pictures[0]
            kind = self._relation(best[0], shot)
            if kind == "copy":
                return best
            if kind == "burst":
                copied = self._copied(group, shot)
                return _new_picture(group) if copied is None else copied
        return None

    def _near(self, shot: Shot) -> list[Group]:
        count = len(self._groups)
        cosines = self._embeddings[:count] @ shot.embedding
        alike = self._tones[:count] @ self._tones_of[shot.index]
        fit = np.flatnonzero((cosines >= self._least) & (alike >= _NEAR_TONES))
        nearest = fit[np.argsort(-(cosines + alike)[fit], kind="stable")[:_MOST_TRIED]]
        return [self._groups[at] for at in nearest]

    def _copied(self, group: Group, shot: Shot) -> list[Shot] | None:
        """The other picture of the group that the shot is a copy of; the likeliest is looked at."""
        others = [each for each in group.pictures[1:] if not seconds_between(each[0], shot)]
        if not others:
            return None
        tones = self._tones_of[shot.index]
        alike = [float(self._tones_of[picture[0].index] @ tones) for picture in others]
        at = int(np.argmax(alike))
        if alike[at] < _NEAR_AS_COPY:
            return None
        return others[at] if self._relation(others[at][0], shot) == "copy" else None

    def _relation(self, one: Shot, other: Shot) -> Kind | None:
        return relation(one, other, (self._outline(one.index), self._outline(other.index)))

    def _begun(self, shot: Shot) -> list[Shot]:
        count = len(self._groups)
        self._embeddings[count] = shot.embedding
        self._tones[count] = self._tones_of[shot.index]
        self._groups.append(Group())
        return _new_picture(self._groups[-1])


def _new_picture(group: Group) -> list[Shot]:
    group.pictures.append([])
    return group.pictures[-1]


def _coarse_tones(shot: Shot) -> Vector:
    """The coarse tones as a unit vector of 64; zeros where all is one tone."""
    side = (_TONES_SIDE, _TONES_SIDE)
    tones = cv2.resize(
        shot.likeness.thumbnail.astype(np.float32), side, interpolation=cv2.INTER_AREA
    )
    tones = (tones - tones.mean()).ravel()
    length = float(np.linalg.norm(tones))
    return cast(Vector, tones / length if length > 1 else np.zeros_like(tones))
