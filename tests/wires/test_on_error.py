"""How a caller says what becomes of a batch with a bad input."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from framed.errors import Code, FramedError
from framed.wires.on_error import OnError, only_bad_inputs


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


@pytest.mark.parametrize("code", [*Code])
def test_only_what_was_sent_becomes_null(code: Code) -> None:
    """The server's own refusals refuse the call: busy, not ready, too many, late."""
    refusal = FramedError(code, "no", retry_after=1 if code is Code.OVERLOADED else None)
    if refusal.status == 400:
        assert only_bad_inputs([1, refusal]) == [1, refusal]
        return
    with pytest.raises(FramedError) as raised:
        only_bad_inputs([1, refusal])
    assert (raised.value.code, raised.value.retry_after) == (code, refusal.retry_after)
