"""Texts longer than a model reads, in the shapes of servers that cut them: the beginning counts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from pydantic import AfterValidator, Field

from framed.wires.parameters import MAX_TEXT, not_blank

MAX_READ = 4000  # CLIP's 75 tokens are 2,400 bytes at most, letters written as entities rarely more

LongText = Annotated[str, Field(min_length=1), AfterValidator(not_blank)]


def is_long(text: str) -> bool:
    """Whether `text` is cut, or may be."""
    return len(text) > MAX_TEXT


def beginning(text: str) -> str:
    """All of `text` that can be among the tokens that a model reads, so that the rest costs
    nothing; runs of spaces count as one, as they do for the model."""
    return text if len(text) <= MAX_READ else " ".join(text.split())[:MAX_READ]


def remark() -> str:
    """What is said of a text that is long."""
    return f"It is longer than {MAX_TEXT} characters: the model reads its beginning alone."


def remark_of(long: Collection[object], count: int) -> str | None:
    """The same of `long` ones among `count` texts; None where there are none."""
    if not long:
        return None
    if count == 1:
        return f"The text is longer than {MAX_TEXT} characters: its beginning alone was read."
    words = f"{len(long)} of {count} texts are longer than {MAX_TEXT} characters"
    return f"{words}: their beginnings alone were read."
