"""The plan of prompts: nothing lost, prefixes that hold, and far fewer tokens."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import groupby

import pytest

from runners.clip.words.prefixes import BATCH, LEAST, Piece, Row, plan

BOS, EOT = 900, 901


def row(*inner: int) -> list[int]:
    return [BOS, *inner, EOT]


def random_rows(seed: int) -> list[list[int]]:
    """Rows of few different ids, so that they share beginnings of every length."""
    chance = random.Random(seed)
    count, ids, longest = chance.choice((1, 5, 60, 400)), chance.choice((1, 2, 5)), 12
    rows = [
        row(*(chance.randrange(ids) for _ in range(chance.randrange(longest))))
        for _ in range(count)
    ]
    return rows + rows[: count // 3]


def templates_and_labels() -> list[list[int]]:
    """200 labels of 1 to 4 ids in 5 templates, two of which go on behind the label."""
    chance = random.Random(5)
    labels = [
        [chance.randrange(100, 800) for _ in range(chance.choice((1, 1, 2, 2, 3, 4)))]
        for _ in range(200)
    ]
    templates = [
        ([1, 2, 3, 1], [9]),
        ([1, 2, 3, 4, 5], [9]),
        ([6, 7, 3, 1], []),
        ([1, 8, 2, 3, 1], []),
        ([1], [10, 11]),
    ]
    return [row(*before, *label, *behind) for before, behind in templates for label in labels]


def tokens(pieces: Sequence[Piece], rows: Sequence[Row]) -> int:
    """How many go through the tower: each prefix once, each row as long as its piece's longest."""
    padded = (
        len(piece.indices) * (max(len(rows[i]) for i in piece.indices) - len(piece.prefix))
        for piece in pieces
    )
    return sum(len(prefix) for prefix, _ in groupby(pieces, lambda piece: piece.prefix)) + sum(
        padded
    )


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize(("batch", "least"), [(BATCH, LEAST), (1, 1), (7, 2), (1000, 10_000)])
def test_every_plan_holds_its_promises(seed: int, batch: int, least: int) -> None:
    """Each row once, at most `batch` a piece, each begins with its prefix and has more behind."""
    rows = random_rows(seed)
    pieces = plan(rows, batch=batch, least=least)
    assert sorted(index for piece in pieces for index in piece.indices) == list(range(len(rows)))
    for piece in pieces:
        assert 1 <= len(piece.indices) <= batch
        assert piece.prefix[:1] == (BOS,)
        for index in piece.indices:
            assert tuple(rows[index][: len(piece.prefix)]) == piece.prefix
            assert len(rows[index]) > len(piece.prefix)


@pytest.mark.parametrize("seed", range(20))
def test_pieces_of_a_prefix_stand_together_and_grow(seed: int) -> None:
    """A prefix is computed once only; behind it the shorter rows come first."""
    rows = random_rows(seed)
    runs = [
        (prefix, list(alike))
        for prefix, alike in groupby(plan(rows, batch=9, least=3), lambda piece: piece.prefix)
    ]
    assert len({prefix for prefix, _ in runs}) == len(runs)
    for _, alike in runs:
        lengths = [len(rows[index]) for piece in alike for index in piece.indices]
        assert lengths == sorted(lengths)


def test_a_template_is_shared_by_its_labels() -> None:
    """What enough rows begin with is their prefix, as long as can be."""
    rows = [row(1, 2, 3, label) for label in range(30)] + [row(1, 5, label) for label in range(30)]
    assert {piece.prefix for piece in plan(rows, least=24)} == {(BOS, 1, 2, 3), (BOS, 1, 5)}


def test_few_rows_join_those_of_a_shorter_prefix() -> None:
    """Rows with too little company of their own share less with more, not a call for each."""
    many = [row(1, 2, label) for label in range(30)]
    few = [row(1, 3, label) for label in range(5)] + [row(1, label) for label in range(10, 40)]
    assert {piece.prefix for piece in plan([*many, *few], least=24)} == {(BOS, 1, 2), (BOS, 1)}


def test_a_few_rows_share_the_start_alone_unless_more_pays() -> None:
    """A call more is worth it for many ids saved only."""
    short = [row(1, 2, label) for label in range(5)]
    long = [row(*range(30), label) for label in range(5)]
    assert [piece.prefix for piece in plan(short)] == [(BOS,)]
    assert [piece.prefix for piece in plan(long)] == [(BOS, *range(30))]
    assert [piece.prefix for piece in plan([row(*range(70))])] == [(BOS,)]


def test_the_end_is_never_shared() -> None:
    """Equal rows, and rows that are the beginning of others, keep at least their last id."""
    rows = [row(1, 2)] * 30 + [row()] * 30
    prefixes = {piece.prefix for piece in plan(rows)}
    assert prefixes == {(BOS, 1, 2), (BOS,)}


def test_parts_of_a_group_are_of_like_size() -> None:
    """A row beyond a full batch does not stay alone."""
    pieces = plan([row(1, label) for label in range(51)], batch=50)
    assert [len(piece.indices) for piece in pieces] == [26, 25]


def test_a_bank_costs_far_less_than_its_padded_rows() -> None:
    """200 labels x 5 templates: near the ids that differ at all, and few calls."""
    rows = templates_and_labels()
    pieces = plan(rows)
    whole = len(rows) * 77
    cut = len(rows) * max(map(len, rows))
    unshared = sum(map(len, rows))
    assert tokens(pieces, rows) < 0.06 * whole
    assert tokens(pieces, rows) < 0.4 * cut
    assert tokens(pieces, rows) < 0.6 * unshared
    assert len(pieces) <= 2 * -(-len(rows) // BATCH)


def test_no_rows_no_pieces() -> None:
    """Nothing to do is no error."""
    assert plan([]) == []


@pytest.mark.parametrize("short", [[], [BOS]])
def test_a_row_without_an_end_is_refused(short: list[int]) -> None:
    """A row that cannot leave an id behind its prefix is a mistake of the caller."""
    with pytest.raises(ValueError, match="row needs"):
        plan([row(1), short])
