"""Embeddings as answers hold them: numbers, or their little-endian float32 bytes as base64."""

from __future__ import annotations

import base64
from typing import Annotated, Any

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from framed.questions import Encoding
from framed.results import Embedding, Ranking

NUMBER_BYTES = 96  # of a number in an answer: the value, its place in the list, its digits twice
PACKED_BYTES = 12  # of one in base64, twice

_YES_NO = TypeAdapter(bool)


def _encoding(value: Any) -> Any:
    if value in ("float", "base64"):
        return value
    try:
        return _YES_NO.validate_python(value)
    except ValidationError:
        raise ValueError("Input should be true, false, 'float' or 'base64'") from None


EncodingIfAny = Annotated[bool | Encoding, BeforeValidator(_encoding)]


def encoding_of(asked: bool | Encoding) -> Encoding | None:
    """How an embedding that may be asked for is written: as numbers where it is just wanted."""
    if isinstance(asked, bool):
        return "float" if asked else None
    return asked


def written(row: Embedding, encoding: Encoding) -> list[float] | str:
    """Every digit of the float32 numbers of `row`, or their bytes."""
    if encoding == "float":
        numbers: list[float] = row.tolist()
        return numbers
    return base64.b64encode(row.astype("<f4").tobytes()).decode()


def written_bytes(dim: int, encoding: Encoding | None) -> int:
    """About how much memory an embedding of `dim` numbers takes in an answer; None: it has none."""
    if encoding is None:
        return 0
    return dim * (NUMBER_BYTES if encoding == "float" else PACKED_BYTES)


def embedding_member(ranking: Ranking | None, encoding: Encoding | None) -> dict[str, Any]:
    """A photo's embedding beside what else was found; null where no model answered, and nothing
    where nobody asked."""
    if encoding is None:
        return {}
    return {"embedding": written(ranking.embedding, encoding) if ranking else None}
