"""The reference photos as one model sees them: decoded as callers' photos are, kept on disk."""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from framed.errors import FramedError
from framed.photo import DecodeSpec, Pixels, SquareSpec, ViewSpec
from framed.regular_file import MIB, read_regular
from framed.whole_file import replace_file
from runners.clip.engines.contract import Engine
from runners.clip.reference.material import Material

Rows = npt.NDArray[np.float32]

TOGETHER = 4  # photos an engine call: no caller's photo waits long behind them
_MOST_BYTES = 16 * MIB
_DIGEST_BYTES = hashlib.sha256().digest_size

_log = logging.getLogger("framed.clip.reference")


@dataclass(frozen=True)
class ReferencePhotos:
    """The photos of `material` through an engine of `streams` that run on `executor`; `square` is
    how the model wants them cut. Vectors are kept in the first of `files` that can be written."""

    material: Material
    engine: Engine
    executor: Executor
    square: SquareSpec
    dim: int
    files: tuple[Path, ...]

    def rows(self) -> Rows:
        """A unit row [P, D] a photo, in the order of the material; takes a second or minutes.

        Raises `ValueError` that names the photo that cannot be read, and `RuntimeError` where the
        engine is being closed.
        """
        if (kept := self._kept()) is not None:
            return kept
        rows = np.concatenate([self._encoded(squares) for squares in self._squares()])
        self._keep(rows)
        return rows

    def _squares(self) -> Iterator[list[Pixels]]:
        names = list(self.material.true_of)
        cut = _cutter(self.square)
        for at in range(0, len(names), TOGETHER):
            yield [self._cut(cut, name) for name in names[at : at + TOGETHER]]

    def _cut(self, cut: Callable[[bytes], Pixels], name: str) -> Pixels:
        try:
            return cut(self.material.photo(name))
        except (OSError, FramedError) as error:
            raise ValueError(f"{name}: {error}") from error

    def _encoded(self, squares: list[Pixels]) -> Rows:
        return self.executor.submit(self.engine.encode_images, np.stack(squares)).result()

    def _kept(self) -> Rows | None:
        found = (self._kept_in(file) for file in self.files)
        return next((rows for rows in found if rows is not None), None)

    def _kept_in(self, file: Path) -> Rows | None:
        try:
            rows = _unpacked(read_regular(file, _MOST_BYTES))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, EOFError) as error:
            _log.warning("The kept reference set %s is made anew: %s", file, error)
            return None
        return rows if self._are_ours(rows) else None

    def _are_ours(self, rows: Rows) -> bool:
        shape = (len(self.material.true_of), self.dim)
        return (
            rows.dtype == np.float32
            and rows.shape == shape
            and np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3)
        )

    def _keep(self, rows: Rows) -> None:
        faults = []
        for file in self.files:
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                return replace_file(file, lambda stream: stream.write(_packed(rows)))
            except OSError as error:
                faults.append(f"{file}: {error.strerror or error}")
        _log.warning("no reference set could be kept, the next start makes it anew: %s", faults)


def _packed(rows: Rows) -> bytes:
    """The rows as NumPy writes them, behind the digest of that."""
    stream = io.BytesIO()
    np.save(stream, rows)
    return hashlib.sha256(stream.getvalue()).digest() + stream.getvalue()


def _unpacked(data: bytes) -> Rows:
    """The rows again; raises `ValueError` where a byte is not as it was."""
    digest, array = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
    if digest != hashlib.sha256(array).digest():
        raise ValueError("its digest does not fit its bytes")
    rows: Rows = np.load(io.BytesIO(array), allow_pickle=False)
    return rows


def _cutter(square: SquareSpec) -> Callable[[bytes], Pixels]:
    from framed.imaging.prepare import prepare  # only here: where the set is kept, nothing decodes

    views = ViewSpec(squares=(square,))
    return lambda data: prepare(data, DecodeSpec(exact=True), views).views.squares[square.size]
