"""Rows through a tower by their plan: the same vectors as one at a time, prefixes once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from runners.clip.words.encoder import Ids, Vectors, encode_rows
from tests.clip.words.test_prefixes import EOT, random_rows, row, templates_and_labels

DIM = 8
TABLE = np.random.default_rng(3).standard_normal((1000, DIM)).astype(np.float32)


def vector(ids: Sequence[int]) -> Vectors:
    """What stands for a row, pooled at its end: each id by its place, exactly in float64."""
    places = np.arange(1, len(ids) + 1)[:, None]
    total = (np.sin(places) * TABLE[list(ids)]).sum(axis=0)
    unit: Vectors = (total / np.linalg.norm(total)).astype(np.float32)
    return unit


@dataclass
class FakeTower:
    """A causal tower whose memory of a prefix is the prefix itself."""

    prefixes: list[tuple[int, ...]] = field(default_factory=list)
    shapes: list[tuple[int, ...]] = field(default_factory=list)

    def run_prefix(self, ids: Ids) -> tuple[int, ...]:
        assert ids.dtype == np.int64
        assert ids.shape[0] == 1
        self.prefixes.append(tuple(ids[0].tolist()))
        return self.prefixes[-1]

    def run_suffix(self, ids: Ids, memory: tuple[int, ...]) -> Vectors:
        assert ids.dtype == np.int64
        self.shapes.append(ids.shape)
        ends = ids.argmax(axis=1)
        assert (ids[np.arange(len(ids)), ends] == EOT).all()
        assert all((line[end + 1 :] == 0).all() for line, end in zip(ids, ends, strict=True))
        return np.stack(
            [vector([*memory, *line[: end + 1]]) for line, end in zip(ids, ends, strict=True)]
        )


@pytest.mark.parametrize("seed", range(12))
def test_each_row_gets_its_own_vector(seed: int) -> None:
    """Whatever is shared, a row's ids reach the tower whole, in order and at their places."""
    rows, tower = random_rows(seed), FakeTower()
    found = encode_rows(rows, tower.run_prefix, tower.run_suffix, DIM, batch=9, least=3)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.stack([vector(ids) for ids in rows]))


def test_each_prefix_runs_once() -> None:
    """However many batches follow it."""
    rows, tower = templates_and_labels(), FakeTower()
    encode_rows(rows, tower.run_prefix, tower.run_suffix, DIM)
    assert len(tower.prefixes) == len(set(tower.prefixes)) == 5
    assert len(tower.shapes) > len(tower.prefixes)
    assert max(count for count, _ in tower.shapes) <= 50


def test_a_batch_is_no_longer_than_its_longest_row() -> None:
    """No column of padding alone is computed."""
    rows, tower = [row(1), row(1, 2, 3)], FakeTower()
    encode_rows(rows, tower.run_prefix, tower.run_suffix, DIM)
    assert tower.shapes == [(2, 4)]


def test_no_rows() -> None:
    """Nothing in gives nothing out, of the right width, and runs nothing."""
    tower = FakeTower()
    assert encode_rows([], tower.run_prefix, tower.run_suffix, DIM).shape == (0, DIM)
    assert tower.prefixes == []
