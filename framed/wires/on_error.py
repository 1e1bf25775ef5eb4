"""What becomes of a batch with a bad input: it is refused, or the good ones are answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator

from framed.errors import FramedError

ON_ERROR = "on_error"
Row = TypeVar("Row")
NULL: Literal["null"] = "null"


def _word(value: Any) -> Any:
    """JSON's own null means the word; a client SDK writes a form's words in quotes."""
    if value is None:
        return NULL
    return value.strip('"') if isinstance(value, str) else value


OnError = Annotated[Literal["refuse", "null"], BeforeValidator(_word)]


def only_bad_inputs(rows: list[Row | FramedError]) -> list[Row | FramedError]:
    """`rows` again; raises the first refusal in them that is no fault of its input, as of a server
    that is busy: to ask once more would help, and a null would not say so."""
    for place, row in enumerate(rows):
        if isinstance(row, FramedError) and not row.is_of_the_input:
            raise row.at(place, len(rows))
    return rows
