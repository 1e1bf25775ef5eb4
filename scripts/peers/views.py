"""Photos enough that no two requests in a row are alike: views of a few, as JPEG of 1024 px."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from scripts.benchmarks.photos import LONG_SIDE

_QUALITY = 92  # as cameras and phones write
_SHARES = (0.9, 0.8, 0.7)  # of each side
_CORNERS = ((0, 0), (1, 0), (0, 1), (1, 1))

Pixels = npt.NDArray[np.uint8]


def views(jpegs: Sequence[bytes]) -> list[bytes]:
    """Each photo whole and cut towards each corner, as it is and mirrored; always the same.

    The first view of each photo comes first, then the second of each.
    """
    of_each = [_of(_decoded(jpeg)) for jpeg in jpegs]
    return [_encoded(view) for row in zip(*of_each, strict=True) for view in row]


def _of(photo: Pixels) -> Iterator[Pixels]:
    cuts = (_cut(photo, *each) for each in itertools.product(_SHARES, _CORNERS))
    for view in itertools.chain([photo], cuts):
        yield from (view, view[:, ::-1])


def _cut(photo: Pixels, share: float, corner: tuple[int, int]) -> Pixels:
    height, width = photo.shape[:2]
    rows, columns = round(height * share), round(width * share)
    top, left = (height - rows) * corner[0], (width - columns) * corner[1]
    return photo[top : top + rows, left : left + columns]


def _decoded(jpeg: bytes) -> Any:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


def _encoded(view: Pixels) -> bytes:
    height, width = view.shape[:2]
    scale = LONG_SIDE / max(height, width)
    size = (round(width * scale), round(height * scale))
    resized = cv2.resize(np.ascontiguousarray(view), size, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", resized, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
