"""The row of decoding: a large photo's bytes to the square that a model looks at."""

from __future__ import annotations

import io
from collections.abc import Sequence

import cv2
import numpy as np

from framed.answers.looking import OVERSAMPLE
from framed.imaging.prepare import prepare
from framed.imaging.reduce import use_one_thread
from framed.photo import DecodeSpec, SquareSpec, ViewSpec
from runners.clip.lean_import import import_open_clip
from scripts.benchmarks.child import Child
from scripts.benchmarks.cpu import cpu_ms
from scripts.benchmarks.row import Conditions, Measured, Row

_SIZE = 224
_WIDTH, _HEIGHT = 4000, 3000
_GRAIN, _QUALITY = 4.0, 92  # of a sensor, in grey levels; as cameras write
_PHOTOS = 3


class Decoding:
    """Both ways to the square, in a process that has what the usual one needs."""

    def __init__(self) -> None:
        import torch

        open_clip = import_open_clip()
        use_one_thread()
        torch.set_num_threads(1)
        self._transform = open_clip.image_transform(_SIZE, is_train=False)
        self._decode = DecodeSpec(min_short_side=OVERSAMPLE * _SIZE)
        self._views = ViewSpec((SquareSpec(_SIZE),))

    def compare(self, jpegs: Sequence[bytes], repeat: int) -> Measured:
        """CPU time a photo, against Pillow's decode and open_clip's transform of it."""
        return cpu_ms(self._ours, jpegs, repeat=repeat, usual=self._usual)

    def _ours(self, jpeg: bytes) -> object:
        return prepare(jpeg, self._decode, self._views)

    def _usual(self, jpeg: bytes) -> object:
        from PIL import Image

        with Image.open(io.BytesIO(jpeg)) as photo:
            return self._transform(photo)


def _large(conditions: Conditions) -> Measured:
    jpegs = [_enlarged(jpeg) for jpeg in conditions.progress(conditions.jpegs[:_PHOTOS])]
    with Child(Decoding) as process:
        figure: Measured = process.ask("compare", jpegs, conditions.repeat)
    return figure


def _enlarged(jpeg: bytes) -> bytes:
    """The photo at 12 megapixels, with the grain that makes a camera's files as large as they are.

    Its shape does not matter here, so it is stretched to 4:3.
    """
    small = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert small is not None  # it was decoded before
    large = cv2.resize(small, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(12).normal(0, _GRAIN, (_HEIGHT, _WIDTH, 1))
    pixels = np.clip(large + grain, 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()


ROWS = (Row("decode/12mp", _large),)
