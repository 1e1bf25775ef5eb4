"""How a caller says what becomes of a batch with a bad input."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from framed.wires.on_error import OnError


@pytest.mark.parametrize(
    ("value", "word"),
    [("null", "null"), (None, "null"), ('"null"', "null"), ("refuse", "refuse")],
)
def test_the_words(value: Any, word: str) -> None:
    """JSON's null, the word in a query or a form, and as a client SDK writes it."""
    assert TypeAdapter(OnError).validate_python(value) == word


@pytest.mark.parametrize("value", ["", "Null", "none", 0, False, ["null"]])
def test_other_words(value: Any) -> None:
    """They are refused."""
    with pytest.raises(ValidationError):
        TypeAdapter(OnError).validate_python(value)
