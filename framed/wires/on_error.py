"""What becomes of a batch with a bad input: it is refused, or the good ones are answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

ON_ERROR = "on_error"
NULL: Literal["null"] = "null"


def _word(value: Any) -> Any:
    """JSON's own null means the word; a client SDK writes a form's words in quotes."""
    if value is None:
        return NULL
    return value.strip('"') if isinstance(value, str) else value


OnError = Annotated[Literal["refuse", "null"], BeforeValidator(_word)]
