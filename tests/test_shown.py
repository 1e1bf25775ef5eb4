"""What a caller wrote, as others are shown it."""

from __future__ import annotations

import pytest

from framed.shown import LONGEST, shown, shown_value


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


BASE64 = "/9j/4AAQSkZJRg" * 100


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (f"data:image/jpeg;base64,{BASE64}", "data:image/jpeg;base64,…"),
        ([f"data:image/jpeg;base64,{BASE64}"] * 65, "a list of 65"),
        ([BASE64] * 2, "a list of 2"),
        (["data:image/png;base64,AAAA"], "a list of 1"),
        ({"image": BASE64}, "an object of 1"),
        (BASE64, "1400 characters of base64"),
        (["a", "b"], "['a', 'b']"),
        ([1, 2], "[1, 2]"),
        ("many words " * 100, ("many words " * 100)[:80] + "…"),
        (3.5, "3.5"),
    ],
)
def test_a_photo_is_never_shown(value: object, said: str) -> None:
    """Its kind and size are: refusals and the log are no place for pictures."""
    assert shown_value(value, 80) == said
    assert shown(f"data:image/jpeg;base64,{BASE64}", 200) == "data:image/jpeg;base64,…"
