"""Lines that may hold several labels are asked about."""

from __future__ import annotations

import pytest

from runners.clip.banks.bank_text import Entry
from runners.clip.banks.listed import questions


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("cat,dog,bird", 3),
        ("cat, dog, bird", 3),
        ("cat;dog", 2),
        ("cat,dog", 2),
        ("a | b", 2),
        ("cat, dog", 2),
        ("cat\tdog", 2),
        ("cat、dog", 2),
        ("cat; dog; a bird", 3),
    ],
)
def test_a_list_is_asked_about(line: str, count: int) -> None:
    """With the line itself, and how many labels it seems to be."""
    ((where, asked),) = questions([Entry(line, 7)])
    assert where == 7
    assert f"{line!r} one label, or {count} " in asked


@pytest.mark.parametrize(
    "line",
    [
        "cat",
        "Washington, D.C.",
        "Washington,D.C.",
        "Paris,France",
        "salt, pepper, and vinegar",
        "salt,pepper & vinegar",
        "a man, smiling",
        "1,000",
        "1,000 lights",
        "a man in a red coat, seen from behind, at night",
        "rock'n'roll",
        7,
        None,
    ],
)
def test_a_label_with_a_comma_is_not(line: object) -> None:
    """Places, numbers, and sentences."""
    assert list(questions([Entry(line, 1)])) == []
