"""How large a photo's bytes may be."""

from __future__ import annotations

import pytest

from framed.errors import Code, FramedError
from framed.intake.size import check_size


@pytest.mark.parametrize("size", [1, 99, 100])
def test_up_to_the_limit_passes(size: int) -> None:
    """The limit itself is allowed."""
    check_size(size, 100)


@pytest.mark.parametrize(("size", "code"), [(0, Code.EMPTY), (101, Code.TOO_LARGE)])
def test_nothing_and_too_much_are_refused(size: int, code: Code) -> None:
    """No bytes and one byte too many each have their code."""
    with pytest.raises(FramedError) as refused:
        check_size(size, 100)
    assert refused.value.code is code


def test_the_limit_is_told() -> None:
    """A caller learns how much is allowed, in words and as a number."""
    with pytest.raises(FramedError, match="larger than 8 MiB") as refused:
        check_size(9 * 2**20, 8 * 2**20)
    assert refused.value.details == {"limit_bytes": 8 * 2**20}
