"""What a caller wrote, as others are shown it."""

from __future__ import annotations

import pytest

from framed.shown import LONGEST, shown


@pytest.mark.parametrize("text", ["top_k", "ein Name, mit Wörtern", "犬", "x" * LONGEST])
def test_a_name_stays(text: str) -> None:
    """In any language."""
    assert shown(text) == text


def test_a_body_is_cut() -> None:
    """Megabytes that came for a name are no more than its first characters."""
    assert shown("x" * 10**6) == "x" * LONGEST + "…"
    assert shown("y" * 20, 10) == "y" * 10 + "…"


@pytest.mark.parametrize("text", ["a\0b", "a\x1bb", "a\nb", "a\ud800b", "a\u202eb", "a\x85b"])
def test_what_is_no_text_is_replaced(text: str) -> None:
    """It would move a terminal's cursor, break a line, or turn its direction."""
    assert shown(text) == "a\N{REPLACEMENT CHARACTER}b"
