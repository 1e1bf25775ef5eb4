"""Which tensor of a checkpoint the numbers of an exported graph come from, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from runners.clip.prepared.pieces import Numbers, Taken

_NEAR = 1e-4  # of a number: nearer is a candidate for a factor a row
_MOST_ROWS = 0.9  # of the numbers must be that near
_LAST_PLACES = (0, 1, -1, 2, -2, 3, -3)  # a factor found by division may be off by some


class Sources:
    """The tensors of a checkpoint, found by what they hold."""

    def __init__(self, tensors: Mapping[str, Numbers]) -> None:
        self._tensors = tensors
        self._exact: dict[bytes, Taken] = {}
        for name, tensor in tensors.items():
            for taken in _ways(name, tensor):
                self._exact.setdefault(taken.of(tensor).tobytes(), taken)

    def find(self, data: bytes) -> tuple[Taken, bytes] | None:
        """What gives exactly these float32, and the factors that it takes; None: nothing here."""
        if exact := self._exact.get(data):
            return exact, b""
        numbers = np.frombuffer(data, np.float32)
        for name, tensor in self._tensors.items():
            if tensor.ndim > 1 and tensor.size == numbers.size:
                factors = _factors(tensor, numbers.reshape(tensor.shape))
                taken = Taken(name, scaled=True)
                if factors is not None and taken.of(tensor, factors).tobytes() == data:
                    return taken, factors.tobytes()
        return None


def _ways(name: str, tensor: Numbers) -> Iterator[Taken]:
    yield Taken(name)
    if tensor.ndim != 2:
        return
    yield Taken(name, transposed=True)
    third, rest = divmod(len(tensor), 3)
    if rest == 0:  # queries, keys and values, in one tensor
        for rows in ((0, third), (third, 3 * third), (third, 2 * third), (2 * third, 3 * third)):
            yield Taken(name, rows)
            yield Taken(name, rows, transposed=True)


def _factors(tensor: Numbers, numbers: Numbers) -> Numbers | None:
    """The factor of each row that makes `numbers` of `tensor`: batch norms end in convolutions."""
    rows, wanted = tensor.reshape(len(tensor), -1), numbers.reshape(len(tensor), -1)
    largest = np.arange(len(rows)), np.abs(rows).argmax(axis=1)
    with np.errstate(all="ignore"):
        guess = wanted[largest] / rows[largest]
    signs = np.copysign(1, wanted[:, 0]) * np.copysign(1, rows[:, 0])  # all that zeros tell
    guess = np.where(np.isfinite(guess), guess, signs).astype(np.float32)
    near = np.abs(rows * guess[:, None] - wanted) <= _NEAR * np.abs(wanted) + 1e-12
    if near.mean() < _MOST_ROWS:
        return None
    found: Numbers = guess.copy()
    for places in reversed(_LAST_PLACES):  # the nearest that is right stays
        tried = (guess.view(np.int32) + places).view(np.float32)
        right = (rows * tried[:, None] == wanted).all(axis=1)
        found[right] = tried[right]
    return found
